// The files of the page: those that were dropped or chosen, and those that psql has written, each with a link.
const FOLDER = '/files';

const equal = (one, other) => one.length === other?.length && one.every((byte, i) => byte === other[i]);

export class Files {
  contents = new Map(); // Uint8Array by name; what psql has, while it runs
  FS = null;
  links = [];

  constructor({ zone, input, list }) {
    this.list = list;
    input.addEventListener('change', async () => {
      await this.add(input.files);
      input.value = '';
    });
    zone.addEventListener('dragover', (event) => {
      event.preventDefault();
      zone.classList.add('over');
    });
    zone.addEventListener('dragleave', () => zone.classList.remove('over'));
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      zone.classList.remove('over');
      this.add(event.dataTransfer.files);
    });
    this.show();
  }
  async add(files) {
    for (const file of files) this.put(file.name, new Uint8Array(await file.arrayBuffer()));
    this.show();
  }
  put(name, bytes) {
    this.contents.set(name, bytes);
    this.FS?.writeFile(`${FOLDER}/${name}`, bytes);
  }

  // In a module's preRun: its working directory.
  mount(FS) {
    FS.mkdir(FOLDER);
    FS.chdir(FOLDER);
    this.FS = FS;
    for (const [name, bytes] of this.contents) FS.writeFile(`${FOLDER}/${name}`, bytes);
  }
  // What psql has made, changed and deleted.
  look() {
    if (!this.FS) return;
    const names = this.FS.readdir(FOLDER).filter((name) => this.FS.isFile(this.FS.stat(`${FOLDER}/${name}`).mode));
    const before = this.contents;
    this.contents = new Map(names.map((name) => [name, this.FS.readFile(`${FOLDER}/${name}`)]));
    const isSame = names.length === before.size && names.every((name) => equal(this.contents.get(name), before.get(name)));
    if (!isSame) this.show();
  }
  unmount() {
    this.look();
    this.FS = null;
  }

  show() {
    for (const url of this.links.splice(0)) URL.revokeObjectURL(url);
    this.list.replaceChildren(...[...this.contents].map(([name, bytes]) => {
      const href = URL.createObjectURL(new Blob([bytes]));
      this.links.push(href);
      const link = Object.assign(document.createElement('a'), { href, download: name, textContent: name });
      const item = document.createElement('li');
      item.append(link, ` ${bytes.length.toLocaleString('en')} bytes`);
      return item;
    }));
  }
}
