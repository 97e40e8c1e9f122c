// The fake timers have taken what tester.html made for them. Neither tests nor library may find what no browser has.
Reflect.deleteProperty(globalThis, 'setImmediate');
