export * from 'fanfold/p-limit';
export { default } from 'fanfold/p-limit';
