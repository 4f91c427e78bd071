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
;((w, d) => {
  const GAP = 72e5 // 2 h without events end a session
  const TWO_DAYS = 1728e5 // a message may have led to what follows
  const LONG = 3456e7 // 400 d, the most a browser grants a cookie
  const ALONE = 59e3 // bytes: a larger request may not outlive its page

  const text = JSON.stringify
  const bytes = value => unescape(encodeURIComponent(text(value))).length // as JSON, in UTF-8

  const random = length =>
    crypto.getRandomValues(new Uint8Array(length)).reduce((made, byte) => made + (byte % 36).toString(36), '')

  // FNV-1a, 32 bits. A did is ASCII; whatever another alphabet gives, it sticks once stored.
  const fnv = value =>
    [...value].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(), 16777619), 2166136261)

  const happened = {}
  const once = what => !happened[what] && (happened[what] = 1)
  const warn = message => {
    if (once(message)) console.warn('r46', message)
  }
  const guard = (action, value) => {
    try {
      return action(value)
    } catch (error) {
      warn('' + error)
    }
  }
  const on = (target, type, action) => target.addEventListener(type, event => guard(action, event))
  const parse = json => json && guard(JSON.parse, json)

  const cookie = name =>
    guard(() =>
      decodeURIComponent((('; ' + d.cookie).split(`; ${name}=`)[1] || '').split(';')[0].replace(/\+/g, ' '))
    )
  const setCookie = (name, value, life, domain) =>
    guard(() => {
      d.cookie =
        `${name}=${encodeURIComponent(value)};path=/;max-age=${life / 1e3};samesite=lax;domain=${domain}` +
        (/^https/.test(location) ? ';secure' : '')
    })

  // An answer that is not ours (a captive portal's 200) acknowledges nothing: status 0, as when
  // the network fails or a page's wrapper around fetch throws.
  const request = (url, value, done) => {
    const body = text(value)
    const end = (status, reply, wait) => {
      const answer = parse(reply)
      guard(() => done(/08|29|^5/.test(status) || !(status > 399 || answer) ? 0 : status, answer || {}, wait))
    }
    // A text body is text/plain by itself, which needs no preflight. Only /init may meet a cookie.
    guard(() =>
      fetch(url, {
        method: body && 'POST',
        body,
        keepalive: bytes(value) <= ALONE,
        credentials: /init\?/.test(url) ? 'include' : 'omit'
      })
        .then(response =>
          response.text().then(reply => end(response.status, reply, response.headers.get('retry-after')))
        )
        .catch(end)
    ) || end()
  }

  // One live function per global name, with ids and storage of its own.
  const create = (global, home) => {
    const prefix = (global == 'r46' ? 'rees46' : global) + '_'
    const names = ['device_id', 'session_code', 'session_last_act', 'source', 'replayed']
      .map(name => prefix + name)
      .concat(global + '_segment', global + '_debug')
    const [DEVICE, SESSION, ACTIVE, SOURCE, REPLAYED, SEGMENT, DEBUG] = names

    const waiting = [] // calls before the first init
    const trips = {} // by eid: 1 on the wire, 2 acknowledged (storage may still hold it)
    const pairs = {} // by eid: callbacks
    let cookies = 0
    let domain = ''
    let box = {} // localStorage, where it may be used and works; else this page's memory
    let until = 0
    let tries = 0
    let limit = 50
    let mine = []
    let lost = 0
    let pageview = random(8)
    let referrer = d.referrer
    // quiet: why no id may be made, stored or sent. off: for the same reason nothing is sent at all.
    let notes, utm, refused, quiet, off, anonymous, shop, options, stream, api, key, did
    let address, by, code, viewed, timer, busy

    const get = name => (cookies && cookie(name)) || box[name]
    const put = (name, value, life) => {
      if (cookies) setCookie(name, value, life, domain)
      guard(() => (value ? (box[name] = value) : delete box[name]))
      return value
    }

    // What can be written and read back. Of domains the widest that takes a cookie, so that
    // shop.example and www.shop.example share ids.
    const openStores = () => {
      const name = prefix + 'c'
      domain = ''
      guard(() => {
        localStorage[name] = 1
        box = localStorage[name] ? localStorage : box
        delete box[name]
      })
      location.hostname
        .split('.')
        .reverse()
        .some(label => {
          domain = label + (domain && '.' + domain)
          setCookie(name, options.cookieless ? '' : 1, GAP, domain)
          cookies = cookie(name)
          setCookie(name, '', 0, domain)
          return cookies
        })
    }

    // Each pair of callbacks fires once: the first outcome wins.
    const settle = (pair = [], value, failed) => {
      const action = pair.splice(0)[failed ? 1 : 0]
      if (action) setTimeout(guard, 0, action, value)
    }
    const fail = (pair, code) => {
      warn(code)
      settle(pair, { status: 'error', code }, 1)
    }
    const ignore = pair => settle(pair, { status: 'success', ignored: quiet })

    const legacy = () => get(prefix + 'session_id')
    const segment = () => get(SEGMENT) || (did && put(SEGMENT, fnv(did) & 65536 ? 'B' : 'A', LONG))
    const ids = () => (anonymous ? { [quiet]: +(quiet == 'gpc') } : { did, sid: get(SESSION), segment: segment() })
    const source = () => {
      const found = parse(get(SOURCE)) || 0
      return Date.now() - found.at > TWO_DAYS ? 0 : found
    }

    // Every event comes through here: a gap makes a new session, anything else keeps it alive.
    const touch = () => {
      if (quiet) return
      const now = Date.now()
      const old = now - get(ACTIVE) < GAP && get(SESSION)
      put(SESSION, old || random(10), GAP)
      put(ACTIVE, now, GAP)
      if (!old) {
        record(['track', 'session_start'])
        // Once a session. Events wait for its did at most 1.5 s, and only if none is stored.
        ask('/init', undefined, (status, answer) => {
          if (answer.segment && !get(SEGMENT)) put(SEGMENT, answer.segment, LONG)
          identify(answer.did)
          settle(pairs.init, status ? answer : ids(), status > 399)
        })
        setTimeout(guard, 1500, identify)
      }
      return old
    }

    const isOrder = event => /^."track","purchase"/.test(text(event.call))

    // Reads what is stored, trims it to the caps, stores it. This page's events stay in memory as
    // well: storage may refuse them, and tabs in different processes write over each other.
    const sync = (reported = 0) => {
      const stored = [].concat(parse(box[key]) || []) // [events lost to the caps, event, ...]
      const queue = stored
        .filter(event => event && event.t && !mine.some(own => own.eid == event.eid))
        .concat(mine)
        .filter(event => trips[event.eid] != 2)
      lost = (stored[0] | 0 || lost) - reported
      for (;;) {
        const kept = [lost, ...queue.filter(event => bytes(event) < ALONE)]
        let at = queue.findIndex(event => Date.now() - event.t > 6048e5 || bytes(event) > 262144)
        if (at < 0) {
          if (queue.length <= (off ? 50 : 100) && bytes(kept) <= 65536) {
            mine = mine.filter(event => queue.indexOf(event) >= 0)
            guard(() => (box[key] = text(kept)))
            return queue
          }
          // An order is worth more than anything that led to it.
          at = queue.findIndex(event => !isOrder(event))
        }
        fail(pairs[queue.splice(at < 0 ? 0 : at, 1)[0].eid], 'too_large')
        lost++
      }
    }

    const record = (call, pair, body = { call }) => {
      // A block's link credits the product it led to and nothing else on that page: the first view,
      // and cart or wish of the same product.
      const [, name, data] = call
      const id = guard(() => '' + (Object(data).id || data))
      const credit = by &&
        /^(view|cart|wish)$/.test(name) &&
        !Array.isArray(data) &&
        (!viewed || (viewed == id && name != 'view')) && { by, code }
      if (name == 'view') viewed = viewed || id
      // What the event is said of is kept with it, since it may be sent from another page.
      const event = Object.assign(
        {
          eid: random(20),
          t: Date.now(),
          stream,
          page: location.href,
          title: d.title,
          ref: referrer,
          pv: pageview,
          utm,
          src: source() || undefined,
          notes: call.notes || notes
        },
        ids(),
        credit,
        body
      )
      pairs[event.eid] = pair
      mine.push(event)
      sync()
      // Nobody serves these, so that only an answer may tell of their success.
      if (!/subscr|loyalty/.test(call[0]))
        setTimeout(guard, 2e3, () => settle(pair, { status: 'success', queued: true }))
      if (isOrder(event)) flush()
      else schedule(200)
    }

    const emit = (call, pair, body) => {
      // Without consent a call is told so and waits in memory all the same.
      if (off) ignore(pair)
      else if (anonymous && /^(profile|segment)/.test(call[0])) return ignore(pair)
      touch()
      record(call, pair, body)
    }

    // Not re-armed: a steady stream of events must not postpone the first of them.
    const schedule = delay => {
      timer = timer || setTimeout(guard, Math.max(delay, until - Date.now()), flush)
    }

    // `hiding`: the page may be gone in a moment. It does not wait for a back-off, and leaves out
    // what is already on its way in a request that outlives the page.
    const flush = hiding => {
      clearTimeout(timer)
      timer = 0
      if (hiding) identify()
      if (off || !(did || quiet) || (!hiding && busy)) return
      if (!hiding && until > Date.now()) return schedule(0)
      const queue = sync() // another tab may have written over what this one had stored
      const events = []
      const envelope = Object.assign(ids(), {
        v: 1,
        shop_id: shop,
        ssid: legacy(),
        sent: Date.now(),
        wd: +navigator.webdriver,
        lost,
        st: quiet || cookies || box.length ? 1 : 0,
        events
      })
      let size = bytes(envelope)
      queue.some(event => {
        if (hiding && trips[event.eid]) return
        size += bytes(event)
        if (events[0] && (events.length >= limit || size > ALONE)) return 1
        events.push(event)
        trips[event.eid] = 1
      })
      // A beacon has no answer: its events stay stored and the server drops the twins.
      if (!events[0] || (hiding && guard(() => navigator.sendBeacon(api + '/collect', text(envelope))))) return
      busy = 1
      request(api + '/collect', envelope, (status, answer, wait) => {
        const halved = status == 413 && events[1]
        if (halved) limit = events.length >> 1
        busy = 0
        tries = status ? 0 : Math.min(2 * tries || 1, 60)
        until = Date.now() + 1e3 * (+wait || Math.random() * tries)
        for (const event of events) {
          const own = (answer.results || []).find(result => result.eid == event.eid && result.status > 399)
          if ((trips[event.eid] = status && !halved && 2))
            settle(pairs[event.eid], own || answer, own || status > 399)
          if (get(DEBUG)) console.log(event, own || answer)
        }
        if (sync(status == 200 ? envelope.lost : 0)[0]) schedule(0)
      })
    }

    const identify = value => {
      if (did || quiet) return
      did = put(DEVICE, value || random(10), LONG)
      schedule(0)
    }

    // A GET about this visitor. Only the counters read `item`; what other reads have there says nothing.
    const ask = (path, item, done) => {
      const query = Object.assign(ids(), { shop_id: shop, v: 3, stream, c: 1, item })
      request(api + path + '?' + new URLSearchParams(parse(text(query))), undefined, done)
    }

    // Calls another module of the shop left in a cookie, which it may be unable to remove.
    const replay = () => {
      const name = global + '_events_track'
      const left = cookie(name)
      const mark = fnv(left)
      if (!left || box[REPLAYED] == mark) return
      const calls = parse(left) || 0
      for (const kind of ['cart', 'purchase']) if (calls[kind]) emit(['track', kind, calls[kind]])
      setCookie(name, '', 0, domain)
      setCookie(name, '', 0, '')
      // Only a cookie that would not go is remembered: the same cart may be left again.
      if (cookie(name)) box[REPLAYED] = mark
    }

    // A page begins: by a load, a change of its address, or from the back/forward cache.
    const arrive = () => {
      const params = new URL(location).searchParams
      address = plain()
      viewed = 0
      by = params.get('recommended_by')
      code = params.get(by + '_code') || params.get('recommended_code')
      // Older mailings name themselves in the parameter: rees46_trigger_mail_code.
      let letter = code
      let from = /^(chain|bulk|transactional|(web_push|trigger|digest|r46)_\w+)$/.test(by) && by
      params.forEach((value, name) => {
        if (/^rees46_\w+_code$/.test(name)) {
          from = name.slice(7, -5).replace(/^ret/, 'r46_ret')
          letter = value
        }
      })
      const old = source()
      // A reload is not another click.
      if (from && letter && !(old.from + old.code == from + letter && Date.now() - old.at < 18e5)) {
        if (!anonymous) put(SOURCE, text({ from, code: letter, at: Date.now() }), TWO_DAYS)
        emit([], [], { path: '/track/clicked', type: from, code: letter })
      }
      if (options.pageviews !== false) emit(['track', 'page_view'])
    }
    const plain = () => location.href.split('#')[0]
    const move = () => {
      if (plain() == address) return
      referrer = address
      arrive((pageview = random(8)))
    }

    // Section 10.4: what may be done now. Everything that makes or stores an id happens in here or after it.
    const permit = () => {
      quiet =
        cookie(global + '_personalization_opt_out') == 'optout'
          ? 'opt_out'
          : navigator.globalPrivacyControl
            ? 'gpc'
            : refused
              ? 'consent'
              : ''
      off = quiet == 'opt_out' || (refused && options.consent_off != 'anonymous')
      anonymous = quiet && !off
      if (quiet) {
        // Callbacks that still wait are told, since nothing of theirs may be sent any more.
        cookies = 0
        box = {}
        for (const eid in pairs) ignore(pairs[eid])
        schedule(0)
      } else {
        const click = box[SOURCE]
        openStores()
        if (click) put(SOURCE, click, TWO_DAYS)
        const known = options.did || get(DEVICE)
        if (known) identify('' + known)
        if (touch()) {
          identify()
          settle(pairs.init, ids())
        }
        guard(replay)
      }
    }

    // Section 2.3: a read that is not served gives its error, or else an empty value of its type.
    const unserved = (call, pair) => {
      const [name, kind] = call
      warn('not_served ' + name)
      if (pair[1]) return fail(pair, 'not_served')
      if (kind == 'counters') return // never invented zeros
      const page = { products: [], products_total: 0 }
      const found = Object.assign({ categories: [], html: '' }, page)
      const empty = {
        recommend: /\d/.test(kind) ? { id: null, title: '', html: '', recommends: [] } : [],
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

    // Answered here, or by a GET of the path.
    const reads = {
      did: () => did,
      sid: () => get(SESSION),
      ssid: () => legacy() || did,
      abSegment: segment,
      'profile get': '/profile',
      'segment get': '/segments/get',
      'cart get': '/products/cart',
      'products counters': '/products/counters'
    }
    const read = (what, call, pair) => {
      if (!did && !quiet) setTimeout(guard, 99, () => read(what, call, pair))
      else if (what.call) settle(pair, quiet ? null : what())
      else if (quiet) unserved(call, pair)
      else {
        ask(what, call[2], (status, answer) => {
          if (status == 200) settle(pair, answer)
          else unserved(call, pair)
        })
      }
    }

    const commands = {
      init(call, pair) {
        if (shop || !call[1]) {
          if (shop && call[1] == shop) settle(pair, ids())
          else notes = ['init_duplicate']
          return fail(pair, 'init_duplicate')
        }
        options = call.find(part => Object(part) === part) || 0
        const host = options.api_host || home
        const url = new URL(/\/\//.test(host) ? host : '//' + host, location)
        api = url.origin
        shop = '' + call[1]
        stream = (call[2] != options && call[2]) || undefined
        key = `${prefix}queue:${shop}@${url.host}`
        pairs.init = pair
        if (options.consent === false) refused = 1
        guard(permit)
        on(d, 'visibilitychange', () => d.hidden && flush(1))
        on(w, 'pagehide', flush)
        on(w, 'online', () => {
          until = 0
          flush()
        })
        on(w, 'pageshow', event => event.persisted && arrive((pageview = random(8))))
        guard(arrive)
        if (call.indexOf(true) > 0) {
          on(w, 'popstate', move)
          for (const name of ['pushState', 'replaceState']) {
            const real = history[name]
            history[name] = (...args) => {
              real.call(history, ...args)
              guard(move)
            }
          }
        }
        waiting.forEach(dispatch)
      },
      consent([, yes]) {
        if (yes && !refused) return
        refused = !yes
        if (!shop) return
        if (!yes) {
          openStores() // where the ids of earlier pages lie, too
          for (const name of names.concat(key)) put(name, (did = undefined), 0)
          mine = mine.filter(event => !event.sid)
        }
        permit()
      },
      utm([, value]) {
        utm = value
      },
      reset_session() {
        put(SOURCE, '', 0)
        put(ACTIVE, '', 0)
        by = utm = undefined
        touch()
      },
      debug() {
        put(DEBUG, get(DEBUG) ? '' : 1, LONG)
        console.log(ids(), sync())
      }
    }

    // What serialises of a page's data; the page may change its object afterwards. A cycle, a
    // BigInt, or half the DOM behind a framework's back reference must not cost the whole call.
    const copy = value => {
      const seen = []
      // Without ids no other sign of a person goes along.
      const hide = (key, part) => (anonymous && /mail|phone/.test(key) ? undefined : part)
      const clean = (key, part) =>
        typeof part == 'bigint'
          ? '' + part
          : Object(part) === part && (seen.indexOf(part) + 1 || seen.push(part) > 999)
            ? null
            : hide(key, part)
      const whole = guard(() => text(value, hide))
      const call = parse(whole || guard(() => text(value, clean)) || text(value.slice(0, 2)))
      if (!whole) call.notes = ['field_format:data']
      return call
    }

    const dispatch = entry =>
      guard(() => {
        const pair = []
        const data = []
        for (const part of entry) (typeof part == 'function' ? pair : data).push(part)
        const call = copy(data)
        const name = call[0]
        const both = name + ' ' + call[1]
        const what = reads[both] || reads[name]
        if (!shop && !/^(init|consent)$/.test(name)) {
          if (waiting.push(entry) > 200) waiting.shift()
        } else if (commands[name]) commands[name](call, pair)
        else if (what) read(what, call, pair)
        else if (/^((track|profile|segment) |nps review|loyalty join)|subscr\w+ (?!check|web_push)/.test(both))
          emit(call, pair)
        else {
          if (name == 'recommend' && once(pageview + call[1])) emit(call.slice(0, 2))
          unserved(call, pair)
        }
      })

    return Object.assign((...args) => dispatch(args), { loaded: true, q: { push: dispatch } })
  }

  const script = d.currentScript || d.querySelector('script[src*="/v3."]') || d.body
  const run = () => {
    const source = new URL(script.src, location)
    const named = script.dataset.global || source.searchParams.get('global')
    const names = named ? [named] : ['r46', 'personaclick'].filter(name => Object(w[name]).q)
    for (const global of names[0] ? names : ['r46']) {
      const queue = Object(w[global]).q
      const key = global + '_live'
      const live = (w[global] = w[key] = w[key] || create(global, script.dataset.apiHost || source.origin))
      if (Array.isArray(queue)) {
        queue.splice(0).forEach(live.q.push)
        // A page may still hold the old stub or its array.
        queue.push = live.q.push
      }
    }
  }
  // A page prepared ahead of a click that may never come is no visit yet.
  if (d.prerendering) on(d, 'prerenderingchange', run)
  else guard(run)
})(window, document)
