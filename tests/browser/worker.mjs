// A module worker that loads greenio.
import { exercise } from './exercise.mjs';
import create from './page.mjs';

onmessage = async ({ data: base }) => {
  postMessage(await exercise(create, base).catch(error => `${error.stack}`));
};
