// lodash and immutable.
const _ = require('lodash');
const Immutable = require('immutable');

const people = Array.from({ length: 200 }, (_unused, i) => ({ id: i, name: `n${i * 7919 % 200}`, group: 'abc'[i % 3], tags: [i % 2, i % 5] }));
console.log(_.chain(people).groupBy('group').mapValues((list) => _.sumBy(list, 'id')).value());
console.log(_.orderBy(people, ['group', 'name'], ['desc', 'asc']).slice(0, 5), _.countBy(people, (one) => one.tags.join('-')));
console.log(_.merge({ a: { b: [1, { c: 2 }] } }, { a: { b: [undefined, { d: 3 }], e: new Map([[1, 2]]) } }), _.get({ a: [{ b: 1 }] }, 'a[0].b'), _.set({}, 'x.y[2].z', 1));
console.log(_.cloneDeep({ d: new Date(0), r: /x/gi, m: new Map([[{ a: 1 }, new Set([1])]]), b: Buffer.from('hi'), t: new Float64Array([1.5]) }));
console.log(_.isEqual(new Map([[1, { a: [1] }]]), new Map([[1, { a: [1] }]])), _.isEqual([NaN], [NaN]), _.difference([1, 2, 3], [2]), _.xor([1, 2], [2, 3]), _.zipObject(['a', 'b'], [1, 2]));
console.log(_.words('fredBarney & PEBBLES-42 ünïcode'), _.camelCase('--foo-bar--'), _.startCase('fooBarBaz'), _.deburr('déjà vu'), _.truncate('hi-diddly-ho there, neighborino', { length: 24, separator: ' ' }), _.padStart('7', 3, '0'));
console.log(_.flow([_.partialRight(_.map, (n) => n * 2), _.sum])([1, 2, 3]), _.curry((a, b, c) => [a, b, c])(1)(_, 3)(2), _.memoize((n) => n + 1)(2));
console.log(_.range(0, -20, -5), _.chunk(_.shuffle(_.range(10)), 3).length, _.sample([5]), _.inRange(3, 2, 4), _.invertBy({ a: 1, b: 1, c: 2 }));
let calls = 0;
const debounced = _.debounce(() => { calls++; }, 20);
debounced(); debounced(); debounced();
setTimeout(() => console.log('debounced', calls), 200);
_.defer((text) => console.log(text), 'deferred');

const { List, Map: IMap, OrderedSet, Record, Range, fromJS, is, Seq } = Immutable;
const state = fromJS({ users: people, meta: { page: 1 } });
const next = state.updateIn(['meta', 'page'], (page) => page + 1).setIn(['users', 3, 'name'], 'changed').deleteIn(['users', 0]);
console.log(state.getIn(['meta', 'page']), next.getIn(['meta', 'page']), next.get('users').size, next.getIn(['users', 2, 'name']), is(fromJS({ a: [1] }), fromJS({ a: [1] })));
console.log(state.get('users').groupBy((user) => user.get('group')).map((list) => list.size).toJS(), String(IMap({ a: List([1, 2]) })), state.hashCode() === fromJS({ users: people, meta: { page: 1 } }).hashCode());
console.log(OrderedSet([3, 1, 3]).toArray(), Range(1, Infinity).filter((n) => n % 3 === 0).map((n) => n * n).take(5).toJS(), Seq({ a: 1, b: 2 }).flip().toObject());
const Point = Record({ x: 0, y: 0 }, 'Point');
console.log(String(new Point({ x: 1 }).set('y', 2)), new Point().equals(new Point({ x: 0 })), List([3, 1, 2]).sort().toJS(), IMap([['k', 1]]).mergeDeep({ k: 2, l: { m: 1 } }).toJS());
console.log(List([1, 2, 3]), IMap({ a: 1 }));
const large = IMap().withMutations((map) => { for (let i = 0; i < 5000; i++) map.set(`key ${i}`, i); });
console.log(large.size, large.get('key 4321'), large.filter((value) => value % 2).size);
