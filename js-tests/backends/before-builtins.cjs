// Loaded first (`--require`), so that the library meets Node as it was before 20.16 and 22.3.
delete process.getBuiltinModule;
