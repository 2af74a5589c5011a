export { MAX_PIECE, WINDOW, sayFailure, valueOf, type Say } from './piece.js';
export { PieceReceiver, type Taker } from './piece-receiver.js';
export { PieceSender } from './piece-sender.js';
export { openDownload, openUpload, type Begin, type Download, type Taking, type Upload } from './transfers.js';
