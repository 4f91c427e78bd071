/*
 * An optional second file for shops whose pages ask for recommendations of the old types:
 * `r46('recommend', type, params, callback)` is answered by the collector's feeds (docs/feeds.md).
 * Everything else goes to the main script as it was called.
 *
 *   <script src="https://HOST/feeds.js" data-shop="SHOP_ID"></script>
 *
 * It stands before or after the main script, but before the calls that it answers. It keeps nothing, and
 * where the main script knows no visitor (refused consent, an opt-out) it asks nothing.
 */
((w, d) => {
  const TYPES = /^(recently_viewed|also_bought|popular|buying_now)$/
  const script = d.currentScript || { src: '', dataset: {} }
  const origin = script.src ? new URL(script.src).origin : location.origin
  const { shop, global = 'r46' } = script.dataset
  if (!shop || w[global + '_feeds']) return // nobody's, or included twice
  w[global + '_feeds'] = 1

  let real = w[global] // the loader's stub, later the main script's function
  let shown

  const isOurs = call => call[0] === 'recommend' && TYPES.test(call[1])

  // A page's callback may throw; what is ours may not break for that, nor the other way round.
  const later = (action, value) => {
    if (action) setTimeout(action, 0, value)
  }

  const address = (call, params, did) => {
    const query = new URLSearchParams({ shop_id: shop, recommender_type: call[1], did })
    Object.keys(params).forEach(name => {
      [].concat(params[name]).forEach(value => {
        if (value != null && typeof value != 'object') query.append(name, value)
      })
    })
    return origin + '/recommend?' + query
  }

  const recommend = call => {
    const parts = Array.from(call).slice(2)
    const [done, failed] = parts.filter(part => typeof part == 'function')
    const params = parts.find(part => part && typeof part == 'object') || {}
    real('did', did => {
      if (!did) return real(...call)
      fetch(address(call, params, did), { credentials: 'omit' })
        .then(answer => (answer.ok ? answer.json() : Promise.reject(answer.status)))
        .then(
          found => later(done, found),
          () => (failed ? later(failed, { status: 'error', code: 'history_unavailable' }) : later(done, []))
        )
    })
  }

  const fronted = value => {
    if (typeof value != 'function') return value
    const front = (...call) => (isOurs(call) ? recommend(call) : value(...call))
    return Object.assign(front, value)
  }

  const take = value => {
    real = value
    shown = fronted(value)
  }

  take(real)
  Object.defineProperty(w, global, { configurable: true, enumerable: true, get: () => shown, set: take })

  const queue = Object(shown).q
  if (Array.isArray(queue)) {
    const waiting = queue.splice(0)
    queue.push(...waiting.filter(call => !isOurs(call)))
    waiting.filter(isOurs).forEach(recommend)
  }
})(window, document)
