// The tasks: add, edit in place, complete, filter, sort.

import { api } from './api.js';
import { announce, element, field, freshId, onSubmit, summary } from './dom.js';

const PAGE = 50;

const FILTERS = {
  all: { words: 'All', query: '', empty: 'Nothing to do yet. Add your first task above.' },
  active: { words: 'Active', query: '&completed=false', empty: 'Nothing is open. Well done.' },
  completed: { words: 'Completed', query: '&completed=true', empty: 'Nothing is completed yet.' },
};

const SORTS = { '-created_at': 'Newest first', due_date: 'Due first', '-priority': 'Most urgent first', title: 'By title' };

export const PRIORITIES = { 0: 'Low', 1: 'Medium', 2: 'High' };

let sort = '-created_at';

/** The view of the tasks that a filter lets through. */
export async function tasksView(name) {
  const filter = FILTERS[name] ? name : 'all';
  const list = element('ul', { className: 'tasks', 'aria-label': 'Tasks' });
  const empty = element('p', { className: 'card empty' }, FILTERS[filter].empty);
  const count = element('p', { className: 'count' });
  const more = element('button', { type: 'button', className: 'quiet', hidden: true }, 'Show more');
  const clear = element('button', { type: 'button', className: 'quiet', hidden: true }, 'Clear completed');

  const isShown = (task) => filter === 'all' || task.completed === (filter === 'completed');

  const refresh = () => {
    const items = [...list.children];
    const open = items.filter((item) => !item.classList.contains('done')).length;
    empty.hidden = items.length > 0;
    count.textContent = filter === 'completed' ? `${items.length} completed` : `${open} open`;
    if (!more.hidden) count.textContent += ', and more';
    clear.hidden = open === items.length;
  };

  const view = { list, refresh, isShown };

  const load = async () => {
    const tasks = await api('GET', `/tasks?offset=${list.children.length}&limit=${PAGE}&sort=${sort}${FILTERS[filter].query}`);
    list.append(...tasks.map((task) => taskItem(task, view)));
    more.hidden = tasks.length < PAGE;
    refresh();
  };

  more.addEventListener('click', () => attempt(load, count));
  clear.addEventListener('click', () =>
    attempt(async () => {
      for (const item of [...list.children].filter((one) => one.classList.contains('done'))) {
        await api('DELETE', `/tasks/${item.dataset.id}`);
        item.remove();
        refresh();
      }
      announce('Completed tasks were deleted.');
    }, count),
  );

  const order = element(
    'select',
    {
      id: 'sort',
      onchange: () => attempt(async () => {
        sort = order.value;
        list.replaceChildren();
        await load();
      }, count),
    },
    Object.entries(SORTS).map(([value, words]) => element('option', { value, selected: value === sort }, words)),
  );

  await load();
  return element(
    'section',
    { 'aria-labelledby': 'tasks-title' },
    element('h2', { id: 'tasks-title' }, 'Tasks'),
    addForm(view),
    element(
      'div',
      { className: 'bar' },
      element(
        'nav',
        { className: 'filters', 'aria-label': 'Which tasks' },
        Object.entries(FILTERS).map(([key, { words }]) =>
          element('a', { href: `#/tasks/${key}`, 'aria-current': key === filter ? 'true' : undefined }, words),
        ),
      ),
      element('label', { for: 'sort', className: 'unseen' }, 'Order'),
      order,
    ),
    list,
    empty,
    element('div', { className: 'bar foot' }, count, more, clear),
  );
}

/** Does something that has no form; what goes wrong is told in the place. */
async function attempt(work, place) {
  try {
    await work();
  } catch (error) {
    if (!error.fields) throw error;
    place.textContent = error.message;
    announce(error.message);
  }
}

function addForm(view) {
  const inputs = taskInputs({ title: '', description: null, priority: 0, due_date: null, tags: null }, 'new');
  inputs.title.placeholder = 'What needs to be done?';
  const form = element(
    'form',
    { className: 'card add', 'aria-label': 'New task' },
    element(
      'div',
      { className: 'line' },
      field('New task', inputs.title),
      element('button', { type: 'submit', className: 'main' }, 'Add'),
    ),
    element('details', {}, element('summary', {}, 'Due date, priority, tags, description'), fields(inputs)),
    summary(),
  );
  onSubmit(form, async () => {
    const task = await api('POST', '/tasks', values(inputs));
    form.reset();
    form.querySelector('details').open = false;
    if (view.isShown(task)) view.list.prepend(taskItem(task, view));
    view.refresh();
    announce(`Added: ${task.title}`);
    inputs.title.focus();
  });
  return form;
}

/** The inputs of what a task has. */
function taskInputs(task, name) {
  const id = (what) => freshId(`${name}-${what}`);
  const priorities = { ...PRIORITIES };
  priorities[task.priority] ??= `Priority ${task.priority}`;
  return {
    title: element('input', { id: id('title'), name: 'title', value: task.title, required: true, maxLength: 200, autocomplete: 'off' }),
    description: element('textarea', { id: id('description'), name: 'description', value: task.description ?? '', maxLength: 10000, rows: 3 }),
    due_date: element('input', { id: id('due'), name: 'due_date', type: 'datetime-local', value: forInput(task.due_date) }),
    priority: element(
      'select',
      { id: id('priority'), name: 'priority' },
      Object.entries(priorities).map(([value, words]) =>
        element('option', { value, defaultSelected: Number(value) === task.priority }, words),
      ),
    ),
    tags: element('input', { id: id('tags'), name: 'tags', value: (task.tags ?? []).join(', '), autocomplete: 'off' }),
  };
}

function fields(inputs) {
  return element(
    'div',
    { className: 'fields' },
    field('Due', inputs.due_date),
    field('Priority', inputs.priority),
    field('Tags', inputs.tags, element('p', { className: 'hint' }, 'Separated by commas.')),
    field('Description', inputs.description),
  );
}

/** What the inputs say, as the API takes it. */
function values(inputs) {
  const tags = inputs.tags.value.split(',').map((tag) => tag.trim()).filter((tag) => tag !== '');
  const due = inputs.due_date.value;
  return {
    title: inputs.title.value.trim(),
    description: inputs.description.value.trim() || null,
    priority: Number(inputs.priority.value),
    due_date: due === '' ? null : new Date(due).toISOString(),
    tags: tags.length === 0 ? null : tags,
  };
}

/** A moment as an input of local time has it. */
function forInput(time) {
  if (!time) return '';
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function taskItem(task, view) {
  const item = element('li', { className: task.completed ? 'done' : '', 'data-id': task.id });
  const problem = element('p', { className: 'problem', role: 'alert', hidden: true });

  const replace = (changed) => {
    const next = taskItem(changed, view);
    if (view.isShown(changed)) item.replaceWith(next);
    else item.remove();
    view.refresh();
    return next;
  };

  const act = async (work) => {
    problem.hidden = true;
    try {
      await work();
    } catch (error) {
      if (!error.fields) throw error;
      problem.textContent = error.message;
      problem.hidden = false;
      check.checked = task.completed;
    }
  };

  const check = element('input', {
    type: 'checkbox',
    checked: task.completed,
    'aria-label': `Completed: ${task.title}`,
    onchange: () =>
      act(async () => {
        const changed = await api('PATCH', `/tasks/${task.id}`, { completed: check.checked });
        const next = replace(changed);
        announce(changed.completed ? `Completed: ${task.title}` : `Open again: ${task.title}`);
        if (next.isConnected) next.querySelector('input').focus();
        else view.list.querySelector('input')?.focus();
      }),
  });

  const edit = () => {
    const editor = editForm(task, replace, () => {
      editor.replaceWith(body);
      body.querySelector('button').focus();
    });
    body.replaceWith(editor);
    editor.querySelector('input').focus();
  };

  const remove = () =>
    act(async () => {
      await api('DELETE', `/tasks/${task.id}`);
      const near = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      view.refresh();
      announce(`Deleted: ${task.title}`);
      (near?.querySelector('input') ?? document.querySelector('.add input')).focus();
    });

  const body = element(
    'div',
    { className: 'task' },
    check,
    element(
      'div',
      { className: 'what', ondblclick: edit },
      element('p', { className: 'title' }, task.title),
      task.description ? element('p', { className: 'description' }, task.description) : null,
      facts(task),
      problem,
    ),
    element(
      'div',
      { className: 'actions' },
      element('button', { type: 'button', className: 'quiet', 'aria-label': `Edit: ${task.title}`, onclick: edit }, 'Edit'),
      element('button', { type: 'button', className: 'quiet danger', 'aria-label': `Delete: ${task.title}`, onclick: remove }, 'Delete'),
    ),
  );
  item.append(body);
  return item;
}

/** Due date, priority and tags, where there are any. */
function facts(task) {
  const found = [];
  if (task.due_date) {
    const due = new Date(task.due_date);
    const isLate = !task.completed && due < new Date();
    const words = due.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
    found.push(
      element('li', { className: isLate ? 'due late' : 'due' }, isLate ? 'Overdue: ' : 'Due ', element('time', { dateTime: task.due_date }, words)),
    );
  }
  if (task.priority !== 0) {
    found.push(element('li', { className: `priority p${task.priority}` }, `${PRIORITIES[task.priority] ?? task.priority} priority`));
  }
  for (const tag of task.tags ?? []) found.push(element('li', { className: 'tag' }, tag));
  return found.length === 0 ? null : element('ul', { className: 'facts', 'aria-label': 'About this task' }, found);
}

function editForm(task, replace, cancel) {
  const inputs = taskInputs(task, 'edit');
  const form = element(
    'form',
    { className: 'edit', 'aria-label': `Edit: ${task.title}` },
    field('Title', inputs.title),
    fields(inputs),
    summary(),
    element(
      'div',
      { className: 'line end' },
      element('button', { type: 'button', className: 'quiet', onclick: cancel }, 'Cancel'),
      element('button', { type: 'submit', className: 'main' }, 'Save'),
    ),
  );
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') cancel();
  });
  onSubmit(form, async () => {
    const changed = await api('PATCH', `/tasks/${task.id}`, values(inputs));
    replace(changed).querySelector('.actions button')?.focus();
    announce(`Saved: ${changed.title}`);
  });
  return form;
}
