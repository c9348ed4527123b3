module.exports = class Exported {};
