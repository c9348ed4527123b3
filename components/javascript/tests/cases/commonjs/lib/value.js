module.exports = 'the value';
