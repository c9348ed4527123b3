import { a } from './cycle-a.mjs'; let tdz; try { tdz = a; } catch (e) { tdz = e.name; } export const b = 'b saw ' + tdz;
