// `tty`. Source: https://nodejs.org/docs/latest-v20.x/api/tty.html
const { isTerminal } = binding('runtime');

function stream(name, of) {
  return class {
    static name = name;

    constructor(fd) {
      return of(fd);
    }
  };
}

module.exports = {
  ReadStream: stream('ReadStream', () => process.stdin),
  WriteStream: stream('WriteStream', (fd) => (fd === 2 ? process.stderr : process.stdout)),
  isatty: (fd) => Number.isInteger(fd) && fd >= 0 && fd <= 2 && isTerminal(fd),
};
