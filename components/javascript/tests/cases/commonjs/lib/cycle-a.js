exports.early = 1; const b = require('./cycle-b'); exports.b = b; exports.late = 2;
