import type { MessageContext, SendOptions } from '@virtbus/messaging';

/** The host's command settles under the sender's id and dies at the sender's deadline; sent twice it is stored once. */
export const onward = (context: MessageContext): Pick<SendOptions, 'id' | 'causedBy' | 'deadline'> => ({
  id: `${context.commandId}.host`,
  causedBy: context.commandId,
  ...(context.deadline ? { deadline: context.deadline } : {}),
});
