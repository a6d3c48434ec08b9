/* The form of the discussion: moves to the comment that is answered, and keeps half-written words on this device. */
(() => {
  'use strict';
  const script = document.currentScript;
  const on = (store, key, value) => {
    try {
      if (value === undefined) return store().getItem(key) || '';
      value ? store().setItem(key, value) : store().removeItem(key);
    } catch { /* private window */ }
    return '';
  };
  const device = () => localStorage, tab = () => sessionStorage;
  const kept = { get: key => on(device, key), set: (key, value) => on(device, key, value) };

  /* On the page that says that it is sent, the words are not needed on this device any more. */
  const sent = on(tab, 'sent');
  on(tab, 'sent', null);
  if (sent && 'sent' in script.dataset) kept.set(sent, null);

  const form = document.querySelector('form[data-comment]');
  if (!form) return;
  const { text, reply } = form.elements;
  const label = form.querySelector('[data-label]');
  const cancel = form.querySelector('[data-cancel]');
  const quote = form.querySelector('[name=quote]');
  const home = document.createComment('');
  const ofPage = { reply: reply.value, label: [...label.childNodes], way: cancel.hidden, quote: quote.hidden };
  let opener = null;
  form.before(home);

  const key = () => `draft ${form.getAttribute('action')} ${reply.value}`;
  const restore = () => { if (!text.value) text.value = kept.get(key()); };
  const startAt = field => field.focus({ preventScroll: false });
  const article = id => document.getElementById(`c${id}`);

  const putBack = () => {
    if (!opener) return;
    home.after(form);
    form.classList.toggle('reply', !ofPage.way);
    reply.value = ofPage.reply;
    label.replaceChildren(...ofPage.label);
    cancel.hidden = ofPage.way;
    quote.hidden = ofPage.quote;
    text.value = kept.get(key());
    opener.focus();
    opener = null;
  };

  const putBelow = (id, link) => {
    const answered = article(id), name = answered.querySelector('h3');
    if (!opener) ofPage.label = [...label.childNodes];
    opener = link;
    answered.append(form);
    form.classList.add('reply');
    reply.value = id;
    label.textContent = form.dataset.replyLabel.replace('{name}', name ? name.textContent.trim() : '');
    cancel.hidden = quote.hidden = false;
    text.value = kept.get(key());
    const { name: who } = form.elements;
    startAt(who && !who.value ? who : text);
  };

  document.addEventListener('click', event => {
    const link = event.target.closest('a[href*="reply="]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const id = new URL(link.href).searchParams.get('reply');
    if (!id || !article(id)) return;
    event.preventDefault();
    putBelow(id, link);
  });

  cancel.addEventListener('click', event => {
    if (!opener) return;
    event.preventDefault();
    putBack();
  });

  quote.addEventListener('click', event => {
    const body = opener && article(reply.value).querySelector('.body');
    if (!body) return;
    event.preventDefault();
    const own = body.cloneNode(true);
    for (const older of own.querySelectorAll('blockquote')) older.remove();
    const words = own.textContent.trim().replace(/\s+/g, ' ');
    text.value = `> ${words.length > 300 ? `${words.slice(0, 300).replace(/\s\S*$/, '')}…` : words}\n\n${text.value}`;
    text.dispatchEvent(new Event('input'));
    text.focus();
  });

  form.addEventListener('keydown', event => {
    if (event.key === 'Escape' && opener && !event.isComposing) { event.preventDefault(); putBack(); }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(form.querySelector('.btn')); }
  });

  form.addEventListener('submit', () => on(tab, 'sent', key()));
  text.addEventListener('input', () => kept.set(key(), text.value));
  restore();

  /* What has to be mended is said first. */
  document.querySelector('[role=alert][autofocus]')?.focus();
})();
