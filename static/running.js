/* A post that stays open: asks its numbered feed what has changed and puts that in place; what is new is offered.
   Nothing that is read moves. With the end of the coverage it stops asking. The page works with this blocked. */
(() => {
  'use strict';
  const ROLLING = 15_000, STILL = 120_000, LONGEST = 900_000, ENOUGH = 60_000;
  const PLAIN = ['added', 'corrected', 'changed', 'withdrawn', 'promise', 'discuss'];
  const BLOCKS = 'main :is(h1,h2,h3,h4,p,li,dt,dd,figure,blockquote,pre,table,a,summary,input,textarea,select,button)';
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const follow = $('[data-follow]');
  if (!follow) return;
  const { one, many, away, follow: address } = follow.dataset;
  const said = $('[role=status]', follow), button = $('button', follow), link = $('a[hidden]', follow);
  const waiting = new Map(); // updates that are offered, and their spots
  let { state } = follow.dataset, number = +follow.dataset.number, title = document.title;
  let failures = 0, rest = 0, scrolled, busy, over, timer, lost, wanted, whole; // whole: the page itself is needed

  const done = () => over || state === 'ended' && !whole;
  const parse = html => new DOMParser().parseFromString(html, 'text/html');
  const shown = id => $(`.upds>#${id}`);
  const section = () => $('[data-updates]');
  const further = way => !!$(`[data-updates] [rel=${way}]`);
  const newestFirst = () => section().dataset.updates === 'newest';

  /* Makes an element equal to another; every block that is the same in both stays. */
  const patch = (mine, theirs) => {
    const node = (a, b) => a.nodeName === b.nodeName && name(a) === name(b);
    const name = one => one.id || one.dataset?.part || '';
    for (const { name } of [...mine.attributes]) if (!theirs.hasAttribute(name) && !/^(open|data-new)$/.test(name)) mine.removeAttribute(name);
    for (const { name, value } of theirs.attributes) mine.setAttribute(name, value);
    if (theirs.matches('.upds')) return;
    const had = [...mine.childNodes], come = [...theirs.childNodes];
    let at = 0;
    come.forEach((next, place) => {
      const find = fits => had.findIndex((one, index) => index >= at && fits(one, index));
      const stays = one => one.nodeType === 1 && come.slice(place + 1).some(other => other.isEqualNode(one));
      let found = next.nodeType === 1 ? find(one => one.isEqualNode(next)) : -1;
      if (found < 0) found = find((one, index) => node(one, next) && (index === at || name(one)) && !stays(one));
      if (found < 0) return mine.insertBefore(next, had[at] || null);
      while (at < found) had[at++].remove();
      const kept = had[at++];
      if (next.nodeType !== 1) kept.data = next.data;
      else if (!kept.isEqualNode(next)) patch(kept, next);
    });
    while (at < had.length) had[at++].remove();
  };

  /* What has the focus stays where it is on the screen; else the first whole block in sight. */
  const still = change => {
    const { style } = document.documentElement, focus = document.activeElement, seen = [], from = scrollY;
    for (const block of all(BLOCKS)) {
      const { top, bottom } = block.getBoundingClientRect();
      if (bottom > 0 && top < innerHeight && bottom > top && !block.closest('aside,[data-follow]'))
        seen.push({ block, top, rank: block === focus ? 0 : top < 0 ? 2 : 1 });
    }
    style.overflowAnchor = 'none';
    change();
    const kept = seen.sort((a, b) => a.rank - b.rank).find(({ block }) => block.isConnected);
    if (kept) {
      const { block, top } = kept, due = top - (from === scrolled ? rest : 0);
      scrollBy({ top: block.getBoundingClientRect().top - due, behavior: 'instant' });
      rest = block.getBoundingClientRect().top - due; // windows scroll by whole pixels: it must not add up
      scrolled = scrollY;
    }
    if (document.activeElement !== focus) (focus.isConnected ? focus : focus.id && $(`#${focus.id}`))?.focus({ preventScroll: true });
    requestAnimationFrame(() => requestAnimationFrame(() => { style.overflowAnchor = ''; }));
    document.dispatchEvent(new Event('changed'));
  };
  const inSight = one => { const { top, bottom } = one.getBoundingClientRect(); return bottom > 0 && top < innerHeight; };

  const newest = spots => [...spots].reduce((a, b) => (a[1] > b[1] ? a : b))[0];
  const elsewhere = () => further('prev') || !newestFirst() && further('next'); // is what is new on another page?
  const offer = () => {
    const count = waiting.size;
    button.hidden = !count || elsewhere();
    link.hidden = !count || !elsewhere();
    button.textContent = link.textContent = count === 1 ? one : many.replace('%s', count);
    if (count) link.href = `?u=${newest(waiting).slice(1)}#${newest(waiting)}`;
    document.title = count ? `(${count}) ${title}` : title;
  };

  /* From the feed. Gives whether only the page itself can tell what goes where. */
  const apply = answer => {
    if (answer.number < number) return false;
    const { events, pieces, parts } = answer;
    if (answer.reload && !events.length) return (lost = true);
    for (const { what, piece } of events) if (what === 'added' && !shown(piece)) waiting.set(piece, pieces[piece].spot);
    const spots = all('.upds>:not([data-pinned])').map(one => one.dataset.spot).sort();
    const within = spot => !further('next') || (newestFirst() ? spot > spots[0] : spot < spots.at(-1));
    let need = answer.reload || events.some(({ what }) => !PLAIN.includes(what));
    still(() => {
      for (const [id, piece] of Object.entries(pieces)) {
        const theirs = $('article', parse(piece.html)), mine = shown(id);
        if (theirs.matches('.gone')) waiting.delete(id);
        if (waiting.has(id)) waiting.set(id, piece.spot);
        need ||= mine ? piece.key || mine.dataset.spot !== piece.spot : waiting.has(id) ? further('prev') : !spots[0] || within(piece.spot);
        if (mine) patch(mine, theirs);
      }
      for (const [part, html] of Object.entries(parts)) {
        const mine = $(`[data-part=${part}]`), headline = $('h1').textContent;
        if (mine) patch(mine, $(`[data-part=${part}]`, parse(html)));
        title = title.replace(headline, $('h1').textContent);
      }
    });
    if (answer.coverage !== state && (further('prev') || further('next')) && !/[?&]order=/.test(location.search)) {
      // The usual order turns round. One page of many stays as it is, at the address that says so.
      const here = new URL(location.href);
      here.searchParams.set('order', section().dataset.updates);
      history.replaceState(history.state, '', here);
    }
    ({ number, coverage: state } = answer);
    const words = new Set(events.map(event => event.words).filter(Boolean).slice(-3));
    if (words.size) said.textContent = [...words].join(' ');
    offer();
    return need;
  };

  /* From the page itself as it is now; `wanted`: with what was offered. */
  const take = page => {
    const theirs = $('[data-follow]', page);
    if (+theirs.dataset.number < number) throw new Error('older than what is shown');
    const pieces = all('.upds>article', page), asked = wanted;
    const news = pieces.filter(one => !shown(one.id) && !one.matches('.gone') && (lost || waiting.has(one.id)));
    const complete = asked || !news.length;
    still(() => {
      patch(section(), $('[data-updates]', page));
      for (const part of all('article [data-part]', page)) {
        const mine = $(`[data-part=${part.dataset.part}]`);
        if (mine) patch(mine, part);
      }
      const list = $('.upds');
      let before = null;
      for (const piece of pieces) {
        const mine = shown(piece.id);
        if (mine) patch(mine, piece);
        else if (news.includes(piece) && !complete) continue;
        const here = mine || list.appendChild(document.adoptNode(piece)), next = before ? before.nextElementSibling : list.firstElementChild;
        if (here !== next) (list.moveBefore || list.insertBefore).call(list, here, next);
        before = here;
      }
      if (complete) for (const mine of [...list.children]) if (!pieces.some(({ id }) => id === mine.id) && (asked || !inSight(mine))) mine.remove();
    });
    ({ number, state } = { ...theirs.dataset, number: +theirs.dataset.number });
    title = page.title;
    $('div', follow).className = $('div', theirs).className;
    if (asked && waiting.size && !news.length) return link.click(); // it bears a time of another page
    if (complete && !elsewhere()) waiting.clear();
    for (const piece of complete ? [] : news) waiting.set(piece.id, piece.dataset.spot);
    wanted = lost = false;
    offer();
    if (!asked) return;
    for (const old of all('[data-new]')) delete old.dataset.new;
    for (const { id } of news) shown(id).dataset.new = '';
    said.textContent = '';
    const first = news.length && shown(newest(news.map(({ id, dataset }) => [id, dataset.spot])));
    if (!first) return;
    $('h3', first).focus({ preventScroll: true });
    first.scrollIntoView();
  };

  const get = async url => {
    const answer = await fetch(url, { cache: 'no-cache', credentials: 'omit', signal: AbortSignal.timeout(ENOUGH) });
    if (answer.status === 404) over = true;
    if (answer.status === 400) number = 0, whole = true; // what is here is from another time
    if (answer.status === 410 && url.startsWith(address)) {
      over = true;
      $('article.post').replaceWith(parse((await answer.json()).html).body.firstChild);
      $('h1').focus();
    }
    if (!answer.ok) throw new Error(answer.status);
    return answer;
  };
  const ask = async () => {
    clearTimeout(timer);
    if (busy || done()) return;
    busy = true;
    try {
      if (!whole) whole = apply(await (await get(`${address}?after=${number}`)).json()) || wanted;
      if (whole) {
        take(parse(await (await get(location.pathname + location.search)).text()));
        whole = wanted;
      }
      failures = 0;
    } catch {
      failures += 1;
      if (failures === 4 && !over) said.textContent = away;
    }
    busy = false;
    wait();
  };
  const wait = () => {
    const often = state === 'rolling' ? ROLLING : STILL;
    clearTimeout(timer);
    if (!done()) timer = setTimeout(ask, Math.min(LONGEST, (wanted ? 1000 : document.hidden ? often * 8 : often) * 2 ** failures));
  };
  button.addEventListener('click', () => { wanted = whole = true; ask(); });
  document.addEventListener('visibilitychange', () => (document.hidden ? wait() : ask()));
  wait();
})();
