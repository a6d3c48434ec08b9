/* Moving cards by pointer and by the arrow keys. Both press the buttons behind "Move", which do all of it without this
   script. Reading and opening a card never moves it: a pointer has to go a way first, and keys choose before Enter. */
{
  const says = document.getElementById("board-says")
  const piles = [...document.querySelectorAll(".pile[data-column]")]
  const cardsOf = (pile) => [...pile.querySelectorAll(".card")]
  const nameOf = (pile) => pile.querySelector("h2").firstChild.textContent.trim()
  const wayTo = (card, column) => card.querySelector(`.move [data-to="${column}"]`)
  const say = (words) => {
    says.textContent = ""
    requestAnimationFrame(() => { says.textContent = words })
  }
  const take = (way) => (way.matches("a") ? location.assign(way.href) : way.form.requestSubmit(way))

  /* Back from a move: to the card, and what happened is said once more for who does not see it. */
  const said = document.querySelector(".messagelist")
  const [, key] = location.hash.match(/^#((?:post|update)-\d+)$/) ?? []
  if (key) document.querySelector(`[data-card="${key}"]`)?.focus()
  if (said) say(said.textContent.trim())

  /* Keys on "Move": up and down to the next card, left and right to the button that leads to that column. */
  const summaryOf = (card) => card.querySelector(".move > summary")
  const beside = (card, step) => {
    const cards = cardsOf(card.closest(".pile")).filter(summaryOf)
    return cards[cards.indexOf(card) + step]
  }
  const nextWay = (card, step) => {
    const here = piles.indexOf(card.closest(".pile"))
    for (let at = here + step; piles[at]; at += step) {
      const way = wayTo(card, piles[at].dataset.column)
      if (way) return [way, piles[at]]
    }
    return []
  }
  document.querySelector(".board")?.addEventListener("keydown", (event) => {
    const card = event.target.closest(".card")
    const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key]
    if (!card || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const details = card.querySelector(".move")
    if (event.key === "Escape" && details?.open) {
      details.open = false
      summaryOf(card).focus()
      return say(says.dataset.back)
    }
    if (!step || !details?.contains(event.target)) return
    event.preventDefault()
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const ways = details.open ? [summaryOf(card), ...details.querySelectorAll(".button")] : []
      const next = ways[ways.indexOf(event.target) + step]
      if (next) return next.focus()
      return details.open ? undefined : summaryOf(beside(card, step) ?? card).focus()
    }
    const [way, pile] = nextWay(card, getComputedStyle(card).direction === "rtl" ? -step : step)
    if (!way) return say(says.dataset.not)
    details.open = true
    way.focus()
    say(says.dataset.put.replace("{}", nameOf(pile)))
  })

  /* By pointer: anywhere on a card with a mouse, by its grip with a finger, which else scrolls. */
  const FAR = 6
  let held = null
  const over = (x, y) => document.elementsFromPoint(x, y).find((one) => one.matches?.(".pile[data-column]"))
  const pick = () => {
    const { card, x, y } = held
    const box = card.getBoundingClientRect()
    held.ghost = card.cloneNode(true)
    held.ghost.removeAttribute("id")
    held.ghost.setAttribute("aria-hidden", "true")
    held.ghost.inert = true
    held.ghost.classList.add("card-moving")
    Object.assign(held.ghost.style, { inlineSize: `${box.width}px`, top: `${box.top}px`, left: `${box.left}px` })
    held.from = { x, y }
    document.body.append(held.ghost)
    document.body.classList.add("is-dragging")
    card.classList.add("card-left")
    for (const pile of piles) {
      const way = wayTo(card, pile.dataset.column)
      pile.classList.toggle("is-home", pile.contains(card))
      pile.classList.toggle("takes-it", Boolean(way) && !pile.contains(card))
      pile.querySelector("h2").dataset.drop = way?.textContent.trim() ?? ""
    }
  }
  const letGo = () => {
    if (!held) return
    held.ghost?.remove()
    held.card.classList.remove("card-left")
    document.body.classList.remove("is-dragging")
    for (const pile of piles) pile.classList.remove("is-home", "takes-it", "is-over")
    held = null
  }
  const scroll = () => {
    if (!held?.ghost) return
    const edge = 60
    const step = held.at.y < edge ? -12 : held.at.y > innerHeight - edge ? 12 : 0
    if (step) scrollBy(0, step)
    requestAnimationFrame(scroll)
  }
  for (const card of document.querySelectorAll(".board .card")) {
    if (!card.querySelector(".move [data-to]:not([data-to=''])")) continue
    const grip = document.createElement("span")
    grip.className = "card-grip"
    grip.title = says.dataset.drag
    grip.setAttribute("aria-hidden", "true")
    card.append(grip)
    card.addEventListener("dragstart", (event) => event.preventDefault())
    card.addEventListener("pointerdown", (event) => {
      const onGrip = event.target === grip
      if (event.button || held || (event.pointerType !== "mouse" && !onGrip)) return
      if (!onGrip && event.target.closest(".move, button, input, select")) return
      held = { card, pointer: event.pointerId, x: event.clientX, y: event.clientY, at: { x: event.clientX, y: event.clientY } }
    })
  }
  addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.pointer) return
    const [x, y] = [event.clientX, event.clientY]
    held.at = { x, y }
    if (!held.ghost) {
      if (Math.hypot(x - held.x, y - held.y) < FAR) return
      pick()
      scroll()
    }
    held.ghost.style.transform = `translate(${x - held.from.x}px, ${y - held.from.y}px)`
    getSelection()?.removeAllRanges()
    const found = over(x, y)
    for (const pile of piles) pile.classList.toggle("is-over", pile === found && pile.classList.contains("takes-it"))
  })
  addEventListener("pointerup", (event) => {
    if (event.pointerId !== held?.pointer) return
    const { card, ghost } = held
    const pile = ghost && over(event.clientX, event.clientY)
    const way = pile && !pile.contains(card) && wayTo(card, pile.dataset.column)
    letGo()
    if (!ghost) return
    // The click that comes after a drag opens nothing.
    const still = (click) => { if (click.isTrusted) { click.preventDefault(); click.stopPropagation() } }
    addEventListener("click", still, { capture: true })
    setTimeout(() => removeEventListener("click", still, { capture: true }), 0)
    if (way) return take(way)
    say(pile && !pile.contains(card) ? says.dataset.not : says.dataset.back)
  })
  addEventListener("pointercancel", letGo)
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !held?.ghost) return
    letGo()
    say(says.dataset.back)
  })
}
