module.exports = function () { return [arguments.length, [...arguments]]; };
