/** What `edit` and `net-edit` have in common: a definition in the user's editor, until the fleet takes it. */
import type { DefinitionXml, ObjectId } from '@virtbus/contracts';
import { done, type Report } from './command.js';
import type { Context } from './context.js';
import { failed, Failure, failureText } from './failure.js';
import { MAX_XML_BYTES } from './input-file.js';

export interface Editing {
  /** `Domain 'web'` */
  readonly what: string;
  readonly read: () => Promise<DefinitionXml>;
  /** Only the definition that was read is replaced, when there is a revision. @throws FleetError */
  readonly define: (xml: string, revision: number | undefined) => Promise<ObjectId>;
}

const CONFLICT = 'revision_conflict';
const QUESTION = 'Failed. Try again? [y,n,f,?]: ';
const HELP = `y - yes, start editor again
n - no, throw away my changes
f - force, replace whatever the definition is now
? - print this help
`;

const wishes = ['y', 'n', 'f'] as const;
type Wish = (typeof wishes)[number];

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `VISUAL` or `EDITOR`: words, which no shell sees. */
function editorOf({ environment }: Context['surroundings']): readonly [string, ...string[]] {
  const [program = 'vi', ...args] = (environment['VISUAL'] || environment['EDITOR'] || '').split(/\s+/).filter(Boolean);
  return [program, ...args];
}

/** @throws Failure; when there is something to lose it says where that lies */
export async function editDefinition(context: Context, editing: Editing): Promise<Report> {
  const before = await editing.read();
  const path = await context.surroundings.writePrivate(before.xml);
  return new Edit(context, editing, { path, before }).run();
}

class Edit {
  private readonly path: string;
  private readonly before: DefinitionXml;
  private text: string;
  private revision: number | undefined;

  constructor(
    private readonly context: Context,
    private readonly editing: Editing,
    { path, before }: { readonly path: string; readonly before: DefinitionXml },
  ) {
    [this.path, this.before, this.text, this.revision] = [path, before, before.xml, before.revision];
  }

  async run(): Promise<Report> {
    await this.openEditor();
    for (;;) {
      if (this.text === this.before.xml) return this.end('not changed', { changed: false });
      try {
        const result = await this.editing.define(this.text, this.revision);
        return await this.end('edited', { ...result, changed: true });
      } catch (error) {
        await this.tryAgain(await this.explained(failed(undefined, error)));
      }
    }
  }

  private async openEditor(): Promise<void> {
    const { surroundings } = this.context;
    const [program, ...args] = editorOf(surroundings);
    const status = await surroundings.runProgram(program, [...args, this.path]).catch(async (error: unknown) => {
      throw await this.keeping(new Failure([`cannot run the editor '${program}'`, wordsOf(error)], 'editor_failed'));
    });
    if (status !== 0) throw await this.keeping(new Failure([`the editor '${program}' ended with status ${status}`], 'editor_failed'));
    this.text = await surroundings.readFile(this.path, MAX_XML_BYTES).catch(async (error: unknown) => {
      throw await this.keeping(new Failure([`cannot read ${this.path}`, wordsOf(error)], 'file_unreadable'));
    });
  }

  /** The user says whether. @throws Failure when not, or when nobody can be asked */
  private async tryAgain(refusal: unknown): Promise<void> {
    if (!(refusal instanceof Failure)) throw refusal;
    const { surroundings, globals } = this.context;
    if (globals.json || !surroundings.keyboard.isTTY) throw await this.keeping(refusal);
    surroundings.stderr.write(failureText(refusal, (text) => text));
    const wish = await this.wish();
    if (wish === undefined) throw await this.keeping(new Failure(['Failed.'], refusal.code));
    if (wish === 'f') this.revision = undefined;
    if (wish === 'y') await this.openEditor();
    if (wish !== 'n') return;
    await surroundings.removeFile(this.path);
    throw new Failure(['Failed.', 'the changes were thrown away'], refusal.code);
  }

  private async wish(): Promise<Wish | undefined> {
    const { surroundings } = this.context;
    for (;;) {
      const answer = (await surroundings.askUser(QUESTION))?.trim().toLowerCase();
      const wish = wishes.find((one) => one === answer);
      if (answer === undefined || wish) return wish;
      surroundings.stderr.write(HELP);
    }
  }

  /** Somebody else was quicker, or the text is of something else: the fleet has one word for both. */
  private async explained(refusal: unknown): Promise<unknown> {
    if (!(refusal instanceof Failure) || refusal.code !== CONFLICT) return refusal;
    const now = await this.editing.read().catch(() => undefined);
    const isSame = now !== undefined && now.revision === this.revision;
    const words = isSame
      ? `the text has another name or UUID than ${this.editing.what}`
      : 'The XML configuration was changed by another user.';
    return new Failure([words], CONFLICT);
  }

  /** What was not changed is not worth keeping. */
  private async keeping(failure: Failure): Promise<Failure> {
    const { surroundings } = this.context;
    const text = await surroundings.readFile(this.path, MAX_XML_BYTES).catch(() => this.text);
    if (text !== this.before.xml)
      return new Failure([...failure.lines, `the changes are kept in ${this.path}`], failure.code, { ...failure.details, file: this.path });
    await surroundings.removeFile(this.path);
    return failure;
  }

  private async end(how: string, json: object): Promise<Report> {
    await this.context.surroundings.removeFile(this.path);
    return done(`${this.editing.what} XML configuration ${how}.`, json);
  }
}
