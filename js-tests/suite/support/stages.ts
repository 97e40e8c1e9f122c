import { type Limiter, observe, type StageRecord } from 'fanfold';

/** All that observers were told of a limiter, in order. */
export class Stages {
  readonly records: StageRecord[] = [];
  readonly stop: () => void;

  constructor(limiter: Limiter) {
    this.stop = observe(limiter, (record) => this.records.push(record));
  }

  /** What became of each task, by its index: the stages in order, with the attempt after the first one. */
  get byIndex(): string[] {
    const stages: string[][] = [];
    for (const { index, stage, attempt } of this.records) {
      stages[index] ??= [];
      stages[index].push(attempt === 1 ? stage : `${stage}${attempt}`);
    }
    return Array.from(stages, (one = ['nothing']) => one.join(' '));
  }

  /** The stages of all tasks in the order in which they were told, as `index:stage`. */
  get inOrder(): string[] {
    return this.records.map(({ index, stage }) => `${index}:${stage}`);
  }

  last(): StageRecord {
    return this.records.at(-1) as StageRecord;
  }
}
