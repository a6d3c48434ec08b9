/* The discussion: says when there is more, and finds the comment an address means. The page works with this blocked. */
(() => {
  'use strict';
  const OFTEN = 15_000, SELDOM = 120_000, LONGEST = 900_000;

  /* A permalink without its page, #c123 or as it was elsewhere: the server knows the page. In a closed fold: open it. */
  const find = () => {
    const [, name, id] = /^#(c(\d{1,20})|comment-\d{1,20})$/.exec(location.hash) ?? [];
    if (!name) return;
    const there = document.getElementById(name);
    if (!there) {
      const page = new URL(location.href);
      if (page.searchParams.get('c') === (id ?? name)) return; // it was asked for, and is not there
      page.search = `?c=${id ?? name}`;
      location.replace(page);
      return;
    }
    let inside = there.closest('details:not([open])');
    if (!inside) return;
    for (; inside; inside = there.closest('details:not([open])')) inside.open = true;
    there.scrollIntoView();
  };
  addEventListener('hashchange', find);
  find();

  /* What has come since: asked of the numbered feed, said once each time it grows, never moving the page. */
  const said = document.querySelector('[data-changes]');
  if (!said) return;
  let failures = 0, shown = 0, timer;
  const tell = news => {
    if (!news.address || news.new === shown) return;
    shown = news.new;
    const link = document.createElement('a');
    link.href = news.address;
    link.textContent = news.words;
    said.replaceChildren(link);
  };
  const ask = async () => {
    try {
      const answer = await fetch(said.dataset.changes, { credentials: 'omit' });
      if (answer.status === 404) return; // the post is no longer there
      if (!answer.ok) throw new Error(answer.status);
      const news = await answer.json();
      failures = 0;
      tell(news);
      if (news.closed) return;
    } catch {
      failures += 1;
    }
    wait();
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, Math.min(LONGEST, (document.hidden ? SELDOM : OFTEN) * 2 ** failures));
  };
  document.addEventListener('visibilitychange', wait);
  wait();
})();
