export default await Promise.resolve(2);
