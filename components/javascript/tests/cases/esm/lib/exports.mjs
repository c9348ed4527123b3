export default 'default export';
export const named = 'named export';
const local = 'local';
export { local as renamed };
export function fn() {}
export class Klass {}
export let unset;
