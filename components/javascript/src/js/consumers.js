// `stream/consumers`. Source: https://nodejs.org/docs/latest-v20.x/api/webstreams.html#utility-consumers
async function buffer(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  return Buffer.concat(pieces);
}

async function text(stream) {
  const decoder = new TextDecoder();
  let all = '';
  for await (const piece of stream) {
    all += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
  }
  return all + decoder.decode();
}

module.exports = {
  arrayBuffer: async (stream) => {
    const bytes = await buffer(stream);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  },
  buffer,
  json: async (stream) => JSON.parse(await text(stream)),
  text,
};
