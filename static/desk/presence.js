/* Says every few seconds that this window is open, and shows who else is at the piece and what was saved meanwhile.
   Slower when the window is hidden; silent when it has been for half an hour. */
{
  const place = document.querySelector("[data-presence]")
  const FIRST = 1_500 // once the page has what it needs
  const OPEN = 12_000
  const HIDDEN = 60_000
  const LONGEST = 30 * 60_000

  if (place) {
    const [who, saved] = ["who", "saved"].map((name) => place.querySelector(`[data-${name}]`))
    const form = document.querySelector("form.write")
    let typed = false
    let hiddenAt = document.hidden ? Date.now() : 0
    let timer

    const show = (found) => {
      const people = found.who.map((one) => `${one}.`).join(" ")
      if (who.textContent !== people) who.textContent = people
      if (!found.saved || saved.dataset.number === String(found.saved.number)) return
      saved.dataset.number = found.saved.number
      const way = document.createElement("a")
      Object.assign(way, { href: found.saved.compare, target: "_blank", rel: "noopener", textContent: found.saved.label })
      saved.replaceChildren(`${found.saved.words} `, way)
    }
    const ask = async (retry = true) => {
      const body = new FormData()
      body.set("place", place.dataset.place)
      body.set("based_on", form?.querySelector("[name$=based_on]")?.value || place.dataset.basedOn)
      if (typed) body.set("typed", "1")
      const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? ""
      const options = { method: "POST", body, headers: { "X-CSRFToken": token }, redirect: "manual" }
      const answer = await fetch(place.dataset.presence, options).catch(() => null)
      if (answer?.status === 403 && retry) { // somebody signed in again: the token of this page is an old one
        const now = await fetch(place.dataset.presence, { redirect: "manual" }).catch(() => null)
        if (!now?.ok) return
        document.dispatchEvent(new CustomEvent("desk:session", { detail: await now.json() }))
        return ask(false)
      }
      if (!answer?.ok) return
      typed = false
      const found = await answer.json()
      document.dispatchEvent(new CustomEvent("desk:session", { detail: found }))
      show(found)
    }
    const round = async () => {
      clearTimeout(timer)
      await ask()
      clearTimeout(timer)
      if (hiddenAt && Date.now() - hiddenAt > LONGEST) return
      timer = setTimeout(round, hiddenAt ? HIDDEN : OPEN)
    }
    document.addEventListener("input", () => (typed = true))
    document.addEventListener("visibilitychange", () => {
      hiddenAt = document.hidden ? Date.now() : 0
      if (!document.hidden) round()
    })
    timer = setTimeout(round, FIRST)
  }
}
