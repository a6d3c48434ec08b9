/* Keeps what somebody types before it is saved: at once on this device, a moment later at the server, which offers it
   again. What this device has of this person and the server has not is brought there from whatever page of the desk
   is opened next; what it has of somebody else is cleared. What the server refuses is not sent again as it is; the page
   of words that are not saved shows it. Works for every form with a field "kept-form". */
{
  const { user, keep: keepAt, offers: offersAt, words: wordsAt, tooMuch } = document.currentScript.dataset
  const QUIET = 2000 // after the last key
  const LONGEST = 10000 // of typing without a pause
  const AGAIN = 15000
  const DAY = 24 * 3600 * 1000
  const OLDEST = 90 * DAY
  const MINE = `words:${user}:`

  /* On this device */
  const device = {
    names: () => {
      try { return Object.keys(localStorage).filter((name) => name.startsWith("words:")) } catch { return [] }
    },
    read: (name) => {
      try { return JSON.parse(localStorage.getItem(name)) } catch { return null }
    },
    write: (name, value) => {
      try { localStorage.setItem(name, JSON.stringify(value)); return true } catch { return false }
    },
    remove: (name) => {
      try { localStorage.removeItem(name) } catch { /* it was not kept */ }
    },
  }

  const tokens = () => document.querySelectorAll("input[name=csrfmiddlewaretoken]")
  const takeToken = (token) => {
    for (const field of tokens()) field.value = token
  }

  /* Why the server will never take it as it is; "" where that is not said. */
  const refusal = async (answer) => {
    if (answer.status === 413) return tooMuch
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return ""
    return (await answer.json().catch(() => ({}))).refused ?? ""
  }

  /* "out", "other", "failed", or what the server says: `refused` of what it keeps never, `gone` of what may be kept
     nowhere, not on this device either. A token that has become old is changed once. */
  const post = async (here, pairs, signal, retry = true) => {
    const body = new FormData()
    for (const [name, value] of pairs) body.append(name, value.replaceAll("\0", ""))
    const headers = { "X-CSRFToken": tokens()[0]?.value ?? "" }
    const options = { method: "POST", body, headers, redirect: "manual", signal }
    const answer = await fetch(keepAt, options).catch(() => null)
    if (!answer) return "failed"
    if (answer.type === "opaqueredirect") return "out"
    if (answer.ok) return answer.json()
    if (answer.status === 409) return "other"
    if (answer.status === 410) return { gone: (await answer.json()).refused }
    const refused = await refusal(answer)
    if (refused) return { refused }
    if (answer.status !== 403 || !retry) return "failed"
    const now = await fetch(here, { redirect: "manual" }).catch(() => null)
    if (now?.type === "opaqueredirect") return "out"
    if (!now?.ok) return "failed"
    const { token, user: found } = await now.json()
    if (String(found) !== user) return "other"
    takeToken(token)
    return post(here, pairs, signal, false)
  }

  const refused = (name, number, why) => {
    const copy = device.read(name)
    if (copy && copy.counter <= number) device.write(name, { ...copy, why, asked: Date.now() })
  }

  const begin = (mark) => {
    const { form, dataset } = mark
    const field = (name) => form.elements[`kept-${name}`]
    const line = form.querySelector("[data-kept-line]")
    const spoken = form.querySelector("[data-kept-said]")
    const words = () => [...new FormData(form)].filter(([name, value]) =>
      typeof value === "string" && name !== "csrfmiddlewaretoken" && !name.startsWith("kept-"))
    const state = () => JSON.stringify(words())
    const place = () => `${MINE}${field("place").value}:${mark.value}`
    const first = state()
    let sure = first // what the server has
    let vain // what it refused
    let counter = Number(field("counter").value) || 0
    let since = dataset.at
    let kind = "kept"
    let sending = null
    let waits = false
    let room = true
    let timer
    let latest
    let submitted = false
    let gone = false

    const next = () => (counter = Math.max(counter + 1, Date.now()))
    const pairs = (number) => [
      ...words(),
      ...["form", "place", "by", "took"].map((name) => [`kept-${name}`, field(name).value]),
      ["kept-counter", String(number)],
    ]
    const put = () => {
      if (gone) return
      const number = next()
      const written = device.write(place(), { counter: number, at: Date.now(), here: dataset.here, pairs: pairs(number) })
      room = written
    }
    const say = (now, text, ...more) => {
      line.replaceChildren(text, ...more)
      line.parentElement.classList.toggle("late", now !== "kept")
      if (now !== kind) spoken.textContent = now === "kept" ? dataset.back : text
      kind = now
    }
    const link = (href, textContent) =>
      Object.assign(document.createElement("a"), { href, target: "_blank", rel: "noopener", textContent })
    const tell = (what) => {
      if (what.refused) {
        const only = room ? dataset.only : dataset.nowhere.replace("{time}", since)
        return say("refused", `${what.refused} ${only} `, link(wordsAt, dataset.words))
      }
      const failed = (room ? dataset.notKept : dataset.nowhere).replace("{time}", since)
      if (what === "failed") return say("failed", failed)
      if (what === "other") return say("other", dataset.other)
      say("out", `${dataset.out} `, link(location.href, dataset.signIn))
    }

    const send = async () => {
      clearTimeout(timer)
      timer = 0
      latest = 0
      if (gone) return
      if (sending) {
        waits = true
        return
      }
      const now = state()
      if (now === sure) return device.remove(place())
      if (now === vain) return
      const number = next()
      const sent = pairs(number)
      if (now === first && !("unsaved" in form.dataset)) sent.push(["kept-drop", "1"])
      const name = place()
      const turn = (sending = new AbortController())
      const answer = await post(dataset.here, sent, turn.signal)
      if (turn.signal.aborted) return
      sending = null
      if (answer.older) { // another window has this key, too: each gets its own
        mark.value = crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 32)
        return send()
      }
      if (typeof answer === "string") {
        tell(answer)
        timer = setTimeout(send, AGAIN)
      } else if (answer.refused) {
        vain = now
        refused(name, number, answer.refused)
        tell(answer)
        if (waits || state() !== vain) touch()
      } else if (answer.gone) {
        gone = true
        device.remove(name)
        say("gone", answer.gone)
      } else {
        sure = now
        if (answer.at) since = answer.at
        say("kept", answer.words ?? "")
        if ((device.read(name)?.counter ?? Infinity) <= number) device.remove(name)
        if (waits || state() !== sure) touch()
      }
      waits = false
    }
    const touch = () => {
      if (gone) return
      submitted = false
      put()
      clearTimeout(timer)
      latest ||= Date.now() + LONGEST
      timer = setTimeout(send, Math.max(0, Math.min(QUIET, latest - Date.now())))
    }
    const soon = () => {
      clearTimeout(soon.timer)
      soon.timer = setTimeout(touch, 200)
    }
    form.addEventListener("input", soon)
    form.addEventListener("change", soon)
    form.addEventListener("submit", () => {
      clearTimeout(soon.timer)
      clearTimeout(timer)
      sending?.abort()
      sending = null
      if (state() !== first || "unsaved" in form.dataset) put() // until it is known to be saved
      field("counter").value = next()
      submitted = true
    })
    document.addEventListener("visibilitychange", () => {
      if (!submitted && state() !== sure) {
        put()
        send()
      }
    })
    addEventListener("pagehide", () => !submitted && state() !== sure && put())
    addEventListener("online", send)
    if ("unsaved" in form.dataset && !field("took").value) {
      sure = ""
      touch()
    }
    document.addEventListener("desk:session", ({ detail }) => {
      if (String(detail.user) === user) takeToken(detail.token)
    })
  }

  const marks = [...document.querySelectorAll("input[name=kept-form][data-keep]")]
  marks.forEach(begin)

  /* What a page of before did not get to the server. Where words are looked after, also what it refused before. */
  const shelf = document.querySelector("[data-on-this-device]")
  const bring = async () => {
    let brought = false
    for (const name of device.names()) {
      const words = device.read(name)
      if (!name.startsWith(MINE) || !words?.pairs || Date.now() - words.at > OLDEST) {
        device.remove(name)
        continue
      }
      if (marks.some((mark) => name.endsWith(`:${mark.value}`))) continue
      if (words.why && Date.now() - words.asked < DAY && !shelf) continue
      const answer = await post(words.here, words.pairs)
      if (typeof answer === "string") continue
      if (answer.refused) {
        refused(name, words.counter, answer.refused)
        continue
      }
      if (device.read(name)?.counter === words.counter) device.remove(name)
      brought ||= !answer.saved
    }
    if (brought) marks.forEach(offer)
    if (shelf) show()
  }
  const show = () => {
    const model = shelf.querySelector("template")
    for (const name of device.names()) {
      const { why, pairs } = device.read(name) ?? {}
      if (!why) continue
      const item = model.content.cloneNode(true)
      const one = item.firstElementChild
      const typed = pairs.filter(([field, text]) => text.trim() && !/^kept-|_FORMS$/.test(field))
      one.querySelector("p").textContent = why
      one.querySelector("pre").textContent = typed.map(([field, text]) => `${field}: ${text}`).join("\n")
      one.querySelector("button").addEventListener("click", () => {
        device.remove(name)
        one.remove()
        shelf.hidden = !shelf.querySelector("li")
      })
      model.before(item)
      shelf.hidden = false
    }
  }
  const offer = async (mark) => {
    const query = new URLSearchParams([["place", mark.form.elements["kept-place"].value], ["but", mark.value]])
    const answer = await fetch(`${offersAt}?${query}`, { redirect: "manual" }).catch(() => null)
    if (!answer?.ok) return
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".kept")
    if (!found) return
    const shown = mark.form.parentElement.querySelector(":scope > .kept")
    if (shown) shown.replaceWith(found)
    else mark.form.before(found)
  }
  bring()
}
