/* A film is a link in a paragraph of its own. Here it becomes a card, whose player is loaded when it is asked for and
   not before. All of it stands in a shadow, so the text on the page stays the text that was sent. */
(() => {
  'use strict';
  const { hosts, play, note } = document.currentScript.dataset;
  const known = hosts.split(' ');

  /* Where the player of a film is; nothing for what is none. */
  const player = ({ protocol, hostname, pathname, searchParams }) => {
    const host = hostname.replace(/^(www|m)\./, ''), [, one = '', two = '', three = ''] = pathname.split('/');
    if (protocol !== 'https:' && protocol !== 'http:') return;
    if (known.includes('youtube.com') && /^(youtube(-nocookie)?\.com|youtu\.be)$/.test(host)) {
      const film = host === 'youtu.be' ? one : one === 'watch' ? searchParams.get('v') : /^(shorts|live|embed)$/.test(one) && two;
      return /^[\w-]{11}$/.test(film) && `https://www.youtube-nocookie.com/embed/${film}?autoplay=1`;
    }
    if (!known.includes(host)) return;
    if (host === 'vimeo.com')
      return /^\d+$/.test(one) && `https://player.vimeo.com/video/${one}?dnt=1&autoplay=1${/^\w+$/.test(two) ? `&h=${two}` : ''}`;
    const film = one === 'w' ? two : one === 'videos' && /^(watch|embed)$/.test(two) && three;
    return /^[\w-]{8,36}$/.test(film) && `https://${host}/videos/embed/${film}?autoplay=1`;
  };

  const make = (name, part, text = '') => {
    const element = document.createElement(name);
    element.setAttribute('part', part);
    element.textContent = text;
    return element;
  };

  const cards = () => {
    for (const link of document.querySelectorAll('.post .prose>p>a:only-child')) {
      if (!link.href || !URL.canParse(link.href)) continue;
      const paragraph = link.parentElement, address = player(new URL(link.href));
      if (!address || paragraph.shadowRoot || paragraph.textContent.trim() !== link.textContent.trim()) continue;
      const card = make('span', 'film'), button = make('button', 'play', play);
      const host = new URL(address).hostname;
      card.append(document.createElement('slot'), button, make('small', 'note', note.replace('%s', host)));
      button.addEventListener('click', () => {
        const frame = make('iframe', 'player');
        frame.title = link.textContent;
        frame.allow = 'autoplay; fullscreen';
        frame.referrerPolicy = 'strict-origin-when-cross-origin';
        frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-popups allow-presentation');
        frame.src = address;
        button.replaceWith(frame);
        frame.focus();
      });
      paragraph.attachShadow({ mode: 'open' }).append(card);
    }
  };
  document.addEventListener('changed', cards);
  cards();
})();
