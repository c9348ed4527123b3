'use strict'; exports.thisIs = (function () { return String(this); })();
