module.exports = require('fanfold/p-limit');
