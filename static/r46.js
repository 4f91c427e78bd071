/*
 * The browser's half of docs/wire/r46.md: takes over the queue a loader left, keeps the
 * visitor's ids, and sends calls as they were made. What a call means is decided on the
 * server (section 3), which keeps this file small.
 *
 * Two promises shape it. A tracker may never break the page it is on: every way in goes
 * through guard(). And an event is in persistent storage before it is on the wire, so a
 * closed page or a dead server costs a delay, not an order.
 *
 * ES2015 only: a browser that cannot parse this loses tracking and nothing else.
 */
(function (w, d) {
  const GAP = 72e5 // 2 h without events end a session
  const WEEK = 6048e5
  const LONG = 3456e7 // 400 d, the most a browser grants a cookie
  const ALONE = 6e4 // bytes: a larger request may not outlive its page

  // Other sites use `recommended_by` too: in a URL only these words are attribution (7.2).
  const TYPES = 'interesting|also_bought|popular|similar|recently_viewed|see_also|buying_now|supply|search'
  const TOOLS = `dynamic|instant_search|full_search|listing|stories|chain|bulk|transactional|web_push_digest|trigger_mail|digest_mail|r46_returner|web_push_trigger|${TYPES}`

  const zone = -new Date().getTimezoneOffset() / 60 // hours
  const text = JSON.stringify
  const bytes = value => unescape(encodeURIComponent(text(value))).length // as JSON, in UTF-8
  const within = (words, word) => RegExp(`^(${words})$`).test(word)

  const random = length =>
    btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(40))))
      .replace(/\W/g, '')
      .slice(0, length)

  // FNV-1a, 32 bits. A did is ASCII; whatever another alphabet gives, it sticks once stored.
  const fnv = value => {
    let hash = 2166136261
    for (const letter of value) {
      hash = Math.imul(hash ^ letter.charCodeAt(), 16777619)
    }
    return hash >>> 0
  }

  const warned = {}
  const warn = message => {
    if (!warned[message]) console.warn('r46', (warned[message] = message))
  }
  const guard = action => {
    try {
      return action()
    } catch (error) {
      warn('' + error)
    }
  }
  const later = (action, delay) => setTimeout(() => guard(action), delay)
  const parse = json => json && guard(() => JSON.parse(json))

  // What serialises of a page's data; the page may change its object afterwards. A cycle, a
  // BigInt, or half the DOM behind a framework's back reference must not cost the whole call.
  const copy = value => {
    const seen = []
    const clean = (key, part) =>
      typeof part == 'bigint'
        ? '' + part
        : Object(part) === part && (seen.indexOf(part) >= 0 || seen.push(part) > 999)
          ? null
          : part
    return guard(() => JSON.parse(text(value))) || parse(text(value, clean))
  }

  const cookie = name =>
    guard(() =>
      decodeURIComponent((('; ' + d.cookie).split(`; ${name}=`)[1] || '').split(';')[0].replace(/\+/g, ' '))
    )
  const setCookie = (name, value, life, domain) =>
    guard(() => {
      d.cookie =
        `${name}=${encodeURIComponent(value)};path=/;max-age=${life / 1e3};samesite=lax;domain=${domain}` +
        (location.protocol == 'https:' ? ';secure' : '')
    })

  // Gives what is stored then, not what was written: some browsers take and forget.
  const local = (key, value) =>
    guard(() => {
      if (value != null) localStorage.setItem(key, value)
      return localStorage.getItem(key)
    })

  // An answer that is not ours (a captive portal's 200) acknowledges nothing: status 0, as when
  // the network fails or a page's wrapper around fetch throws.
  const request = (url, value, done) => {
    const end = (status, reply, wait) => {
      const answer = parse(reply) || {}
      guard(() => done(status > 399 || answer.did || answer.status ? status : 0, answer, wait))
    }
    const method = value ? 'POST' : 'GET'
    const body = text(value)
    if (w.fetch) {
      // A text body is text/plain by itself, which needs no preflight.
      new Promise(resolve =>
        resolve(fetch(url, { method, body, keepalive: bytes(value) <= ALONE, credentials: 'omit' }))
      )
        .then(response => response.text().then(reply => end(response.status, reply, response.headers.get('retry-after'))))
        .catch(() => end(0))
    } else {
      const xhr = new XMLHttpRequest()
      xhr.open(method, url)
      xhr.onloadend = () => end(xhr.status, xhr.responseText, xhr.getResponseHeader('retry-after'))
      xhr.send(body)
    }
  }
  const temporary = status => within('0|408|429|5..', status)

  // One live function per global name, with ids and storage of its own.
  const create = (global, home) => {
    const prefix = (global == 'r46' ? 'rees46' : global) + '_'
    const memory = {}
    const waiting = [] // calls before the first init
    const trips = {} // by eid: 1 on the wire, 2 acknowledged (storage may still hold it)
    const pairs = {} // by eid: callbacks
    let cookies = 1
    let domain = ''
    let until = 0
    let tries = 0
    let limit = 50
    let mine = []
    let lost = 0
    let shop, stream, api, key, did, pageview, utm, by, code, viewed, off, timer, busy, greeting

    const get = name => (cookies && cookie(name)) || local(name) || memory[name]
    const put = (name, value, life) => {
      if (cookies) setCookie(name, value, life, domain)
      local(name, value)
      return (memory[name] = value)
    }

    // The widest domain that takes a cookie, so that shop.example and www.shop.example share ids.
    const findDomain = () => {
      const labels = location.hostname.split('.')
      const name = prefix + 'c'
      for (let at = labels.length; at-- >= 0; ) {
        domain = at < 0 ? '' : labels.slice(at).join('.')
        setCookie(name, 1, 9e3, domain)
        cookies = cookie(name)
        setCookie(name, '', 0, domain)
        if (cookies) return
      }
    }

    // Each pair of callbacks fires once: the first outcome wins.
    const settle = (pair, value, failed) => {
      const action = pair && pair.splice(0)[failed ? 1 : 0]
      if (action) later(() => action(value))
    }
    const fail = (pair, code) => settle(pair, { status: 'error', code }, 1)

    const legacy = () => cookie(prefix + 'session_id') || undefined
    const session = () => get(prefix + 'session_code')
    const segment = () => get(global + '_segment') || (did && assign((fnv(did) >>> 16) & 1 ? 'B' : 'A'))
    const assign = value => put(global + '_segment', value, LONG)
    const ids = () => ({ did, sid: session(), seance: session(), segment: segment() })

    // Every event comes through here: a gap makes a new session, anything else keeps it alive.
    const touch = () => {
      const now = Date.now()
      const fresh = !session() || !(now - get(prefix + 'session_last_act') < GAP)
      put(prefix + 'session_code', fresh ? random(10) : session(), GAP)
      put(prefix + 'session_last_act', now, GAP)
      if (fresh) {
        record(['track', 'session_start'])
        greet()
      }
      return fresh
    }

    // What an event is said of. Kept with each event, since it may be sent from another page;
    // null, not absence, where a later page's envelope would say otherwise.
    const context = () => ({
      did,
      sid: session(),
      segment: segment(),
      stream,
      page: location.href,
      title: d.title,
      ref: d.referrer,
      pv: pageview,
      utm: utm || null
    })

    const readPage = () => {
      const params = new URLSearchParams(location.search)
      pageview = random(8)
      params.forEach((value, name) => {
        if (/^utm_/.test(name)) (utm = utm || {})[name] = value
      })
      by = params.get('recommended_by')
      code = params.get('recommended_code') || params.get(by + '_code')
    }

    // A block's link credits the product it led to and nothing else on that page: the first view,
    // and cart or wish of the same product.
    const credit = call => {
      const name = call[1]
      const data = call[2]
      const id = '' + (Object(data).id || data)
      if (
        within(TOOLS, by) &&
        within('view|cart|wish', name) &&
        !Array.isArray(data) &&
        (!viewed || (viewed == id && name != 'view'))
      ) {
        if (name == 'view') viewed = id
        return { by, code }
      }
    }

    // This page's events stay in memory as well: storage may refuse them, and tabs in different
    // processes write over each other. n counts events lost to the caps.
    const load = () => {
      const stored = Object(parse(local(key)))
      const eids = mine.map(event => event.eid)
      return {
        n: stored.n | 0 || lost,
        q: (Array.isArray(stored.q) ? stored.q : [])
          .filter(event => event && event.call && eids.indexOf(event.eid) < 0)
          .concat(mine)
          .filter(event => trips[event.eid] != 2)
      }
    }

    const save = state => {
      const queue = state.q
      for (;;) {
        const old = queue[0] && Date.now() - queue[0].t > WEEK
        const kept = { n: state.n, q: queue.filter(event => bytes(event) < ALONE) }
        if (!old && queue.length <= 100 && bytes(kept) <= 65536) {
          mine = mine.filter(event => queue.indexOf(event) >= 0)
          lost = local(key, text(kept)) == text(kept) ? 0 : state.n
          return
        }
        // An order is worth more than anything that led to it.
        queue.splice(old ? 0 : Math.max(0, queue.findIndex(event => event.call[1] != 'purchase')), 1)
        state.n++
      }
    }

    const record = (call, pair) => {
      const event = Object.assign({ eid: random(20), t: Date.now(), call }, credit(call), context())
      const state = load()
      if (bytes(event) > 262144) {
        warn('too large')
        state.n++
        fail(pair, 'too_large')
      } else {
        mine.push(event)
        state.q.push(event)
      }
      save(state)
      pairs[event.eid] = pair
      later(() => settle(pair, { status: 'success', queued: true }), 2e3)
      if (call[1] == 'purchase') flush()
      else schedule(200)
    }

    const emit = (call, pair) => {
      if (off) return settle(pair, { status: 'success', ignored: off })
      touch()
      record(call, pair)
    }

    // Not re-armed: a steady stream of events must not postpone the first of them.
    const schedule = delay => {
      timer = timer || later(flush, Math.max(delay, until - Date.now()))
    }

    // `hiding`: the page may be gone in a moment. It does not wait for a back-off, and leaves out
    // what is already on its way in a request that outlives the page.
    const flush = hiding => {
      clearTimeout(timer)
      timer = 0
      if (hiding) identify()
      else if (!did || busy) return
      else if (until > Date.now()) return schedule(0)
      const state = load()
      save(state) // another tab may have written over what this one had stored
      const events = []
      const envelope = Object.assign(context(), {
        v: 1,
        shop_id: shop,
        ssid: legacy(),
        sent: Date.now(),
        tz: zone,
        wd: +navigator.webdriver || undefined,
        lost: state.n,
        st: cookies || local(prefix + 'device_id') ? undefined : 0,
        events
      })
      let size = bytes(envelope)
      state.q.some(event => {
        if (hiding && trips[event.eid]) return
        const own = {}
        for (const name in event) if (text(event[name]) != text(envelope[name])) own[name] = event[name]
        const length = bytes(own) + 1
        if (events[0] && (events.length >= limit || size + length > ALONE)) return 1
        size += length
        events.push(own)
      })
      if (!events[0]) return
      const url = api + '/collect'
      events.forEach(event => (trips[event.eid] = 1))
      busy = busy || !hiding
      // A beacon has no answer: its events stay stored and the server drops the twins.
      if (!hiding || !guard(() => navigator.sendBeacon(url, text(envelope)))) {
        request(url, envelope, (status, answer, wait) => {
          busy = busy && hiding
          judge(events, envelope.lost, status, answer, wait)
        })
      }
    }

    const judge = (events, lost, status, answer, wait) => {
      const again = temporary(status)
      if (again) until = Date.now() + Math.max(Math.random() * Math.min(6e4, 1e3 << Math.min(tries++, 6)), 1e3 * wait || 0)
      else tries = 0
      const halved = status == 413 && events[1]
      if (halved) limit = events.length >> 1
      events.forEach(event => {
        const own = (answer.results || []).find(result => result.eid == event.eid && result.status > 399)
        trips[event.eid] = again || halved ? 0 : 2
        if (trips[event.eid]) settle(pairs[event.eid], own || answer, own || status > 399)
      })
            const state = load()
      if (status == 200) state.n -= lost
      save(state)
      if (state.q[0]) schedule(0)
    }

    const identify = value => {
      if (did) return
      did = put(prefix + 'device_id', value || random(10), LONG)
      schedule(0)
    }

    // GET /init, once a session. Events wait for its did at most 1.5 s, and only if none is stored.
    const greet = () => {
      const query = Object.assign(ids(), { shop_id: shop, v: 3, referrer: d.referrer, tz: zone, stream, c: 1 })
      let url = api + '/init?'
      for (const name in query) if (query[name] != null) url += `&${name}=${encodeURIComponent(query[name])}`
      request(url, undefined, (status, answer) => {
        if (answer.segment && !get(global + '_segment')) assign(answer.segment)
        identify(answer.did)
        const again = temporary(status)
        settle(greeting, again ? ids() : answer, !again && status > 399)
      })
      later(identify, 1500)
    }

    // Calls another module of the shop left in a cookie, which it may be unable to remove.
    const replay = () => {
      const name = global + '_events_track'
      const left = cookie(name)
      const mark = left && '' + fnv(left)
      if (!left || local(prefix + 'replayed') == mark) return
      const calls = parse(left) || {}
      for (const kind of ['cart', 'purchase']) if (calls[kind]) emit(['track', kind, calls[kind]])
      setCookie(name, '', 0, domain)
      setCookie(name, '', 0, '')
      // Only a cookie that would not go is remembered: the same cart may be left again.
      local(prefix + 'replayed', cookie(name) ? mark : '')
    }

    const start = options => {
      if (options.cookieless) cookies = 0
      else findDomain()
      const known = options.did || get(prefix + 'device_id')
      guard(readPage)
      if (known) identify('' + known)
      const hide = () => guard(() => flush(1))
      d.addEventListener('visibilitychange', () => d.hidden && hide())
      w.addEventListener('pagehide', hide)
      w.addEventListener('online', () => {
        until = 0
        guard(flush)
      })
      if (!touch()) {
        if (did) settle(greeting, ids())
        else greet()
      }
      if (options.pageviews !== false) emit(['track', 'page_view'])
      replay()
    }

    const init = (call, pair) => {
      const options = call.find(part => part && typeof part == 'object') || {}
      if (shop) {
        warn('init_duplicate')
        if (call[1] == shop) settle(pair, ids())
        else fail(pair, 'init_duplicate')
        return
      }
      if (!call[1]) return fail(pair, 'field_missing:shop_id')
      const host = options.api_host || home
      api = new URL(/\/\//.test(host) ? host : '//' + host, location).origin
      shop = '' + call[1]
      stream = call[2] == options ? undefined : call[2] || undefined
      key = `${prefix}queue:${shop}@${api.split('//')[1]}`
      off = cookie(global + '_personalization_opt_out') == 'optout' ? 'opt_out' : options.consent === false && 'consent'
      greeting = pair
      if (off) settle(pair, { status: 'success', ignored: off })
      else guard(() => start(options))
      waiting.forEach(dispatch)
    }

    // Section 2.3: a read that is not served gives its error, or else an empty value of its type.
    const unserved = (name, kind, pair) => {
      warn('not served: ' + name)
      if (pair[1]) return fail(pair, 'not_served')
      if (kind == 'counters') return // never invented zeros
      const page = { products: [], products_total: 0 }
      const found = Object.assign({ categories: [], html: '' }, page)
      const empty = {
        recommend: within(TYPES, kind) ? [] : { id: null, title: '', html: '', recommends: [] },
        search: found,
        suggest: found,
        collection: page,
        search_collection: page,
        products: kind == 'info' ? {} : page,
        nps: [],
        reputation: [],
        segment: []
      }
      settle(pair, /^web_push/.test(kind) ? false : empty[name] || {})
    }

    const reads = {
      did: () => did,
      sid: session,
      ssid: () => legacy() || did,
      abSegment: segment
    }

    const dispatch = entry =>
      guard(() => {
        if (!(entry.length < 99)) return // no call, whatever it is
        const args = Array.from(entry)
        const isCall = part => typeof part == 'function'
        const pair = args.filter(isCall)
        const call = copy(args.filter(part => !isCall(part)))
        const name = call[0]
        const both = name + ' ' + call[1]
        const give = () => {
          if (did || off) settle(pair, off ? null : reads[name]())
          else later(give, 99)
        }
        if (name == 'init') init(call, pair)
        else if (!shop) {
          if (waiting.push(args) > 200) waiting.shift()
        } else if (/^(track |(profile set|segment (add|remove)|nps review)$)/.test(both)) emit(call, pair)
        else if (reads[name]) give()
        else {
          // Recorded, though nobody will send the promised message.
          if (/subscri.* (?!check|web_push)|^loyalty join/.test(both)) emit(call)
          unserved(name, call[1], pair)
        }
      })

    const live = (...args) => dispatch(args)
    live.loaded = true
    live.q = { push: dispatch }
    return live
  }

  guard(() => {
    const script = d.currentScript || d.querySelector('script[src*="/v3."]') || { src: '', dataset: {} }
    const source = new URL(script.src, location)
    const named = script.dataset.global || source.searchParams.get('global')
    const names = named ? [named] : ['r46', 'personaclick'].filter(name => w[name] && w[name].q)
    for (const global of names[0] ? names : ['r46']) {
      const stub = w[global]
      const key = global + '_live'
      const live = (w[global] = w[key] = w[key] || create(global, script.dataset.apiHost || source.origin))
      const queue = stub && stub.q
      if (!Array.isArray(queue)) continue
      const calls = queue.slice()
      // A page may still hold the old stub or its array.
      queue.length = 0
      queue.push = live.q.push
      calls.forEach(live.q.push)
    }
  })
})(window, document)
