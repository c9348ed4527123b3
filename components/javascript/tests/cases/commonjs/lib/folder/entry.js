exports.entry = true; exports.up = require('..');
