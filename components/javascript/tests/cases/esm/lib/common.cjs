exports.alpha = 1; exports.beta = { b: 2 }; Object.defineProperty(exports, 'gamma', { enumerable: true, get: () => 3 });
