/* "Suggest a correction" takes selected words along, on this device. */
(() => {
  'use strict';
  const KEY = 'correct', [link, form] = ['a', 'form'].map(one => document.querySelector(one + '[data-correct]'));
  const take = () => {
    const chosen = getSelection(), text = chosen.toString().trim();
    if (!text) return;
    const range = chosen.getRangeAt(0), node = range.commonAncestorContainer;
    const box = (node.closest ? node : node.parentElement).closest('.post :is(.prose,h1,.dek,.upd h3)');
    if (!box) return;
    const part = box.closest('.upd')?.id || { H1: 'headline', P: 'standfirst' }[box.tagName] || box.closest('[data-part=summary]')?.dataset.part || 'body';
    const beside = document.createRange();
    beside.selectNodeContents(box);
    beside.setEnd(range.startContainer, range.startOffset);
    const before = beside.toString().slice(-30);
    beside.selectNodeContents(box);
    beside.setStart(range.endContainer, range.endOffset);
    link.search = '?part=' + part;
    sessionStorage[KEY] = JSON.stringify([link.pathname, { part, text, should: text, before, after: beside.toString().slice(0, 30) }]);
  };
  link?.addEventListener('pointerdown', take);
  link?.addEventListener('click', event => event.detail || take());
  if (!form || !sessionStorage[KEY]) return;
  const [path, words] = JSON.parse(sessionStorage[KEY]);
  if (path !== location.pathname || form.text.value) return;
  delete sessionStorage[KEY];
  for (const name in words) form[name].value = words[name];
  form.should.focus();
})();
