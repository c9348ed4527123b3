import { getArguments } from "wasi:cli/environment@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";

const utf8 = new TextEncoder();
export const run = {
  run() {
    const out = getStdout();
    const [, ...names] = getArguments();
    const [[root]] = getDirectories();
    const file = root.openAt({ symlinkFollow: true }, "greeting.txt", {}, { read: true });
    const [bytes] = file.read(100n, 0n);
    const greeting = new TextDecoder().decode(bytes).trim();
    for (const name of names) {
      out.blockingWriteAndFlush(utf8.encode(`${greeting}, ${name.toUpperCase()}!\n`));
    }
  },
};
