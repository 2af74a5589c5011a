import { displayWidth, printable } from './display-width.js';

/** Blank columns around a cell: one before, two after. */
const MARGINS = 3;

export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const line = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map(
      (cell, index) => ` ${cell}${index === cells.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - displayWidth(cell) + MARGINS - 1)}`,
    )
    .join('');

/**
 * A table as virsh prints it: each column as wide as its widest cell, a rule below the header.
 * @param bare no header and no rule, and columns only as wide as the rows need (`-q`)
 */
export function formatTable({ header, rows }: TextTable, bare: boolean): string {
  const body = rows.map((row) => row.map(printable));
  const measured = bare ? body : [header, ...body];
  const widths = header.map((_, index) => Math.max(0, ...measured.map((row) => displayWidth(row[index] ?? ''))));
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + MARGINS, 0));
  const head = bare ? [] : [line(header, widths), rule];
  return [...head, ...body.map((row) => line(row, widths))].map((text) => `${text}\n`).join('');
}

/** `Name:           web` */
export const formatFields = (fields: readonly (readonly [label: string, value: string | number])[]): string =>
  fields.map(([label, value]) => `${`${label}:`.padEnd(15)} ${printable(String(value))}\n`).join('');

export const formatLines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
