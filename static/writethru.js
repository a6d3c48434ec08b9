/* Writethru: every page works with this file blocked. No markup made from text, no inline handlers. */
(() => {
  'use strict';
  const root = document.documentElement;
  const remembered = {
    get: () => { try { return localStorage.getItem('theme') || ''; } catch { return ''; } },
    set: value => { try { value ? localStorage.setItem('theme', value) : localStorage.removeItem('theme'); } catch { /* private window */ } },
  };

  /* Colours: set before anything is drawn, so that nothing flashes. Only this device knows. */
  const paint = value => {
    if (value === 'light' || value === 'dark') root.dataset.theme = value;
    else delete root.dataset.theme;
  };
  paint(remembered.get());

  const appearance = () => {
    const section = document.querySelector('[data-appearance]');
    if (!section) return;
    const select = section.querySelector('select');
    select.value = root.dataset.theme || '';
    select.addEventListener('change', () => { remembered.set(select.value); paint(select.value); });
    section.hidden = false;
    addEventListener('storage', event => {
      if (event.key !== 'theme') return;
      paint(event.newValue);
      select.value = root.dataset.theme || '';
    });
  };

  /* What scrolls sideways can be scrolled with the keyboard. */
  const scrollers = () => {
    for (const part of document.querySelectorAll('.prose pre, .prose table'))
      if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  };

  document.addEventListener('DOMContentLoaded', () => { appearance(); scrollers(); });
  document.addEventListener('changed', scrollers);
})();
