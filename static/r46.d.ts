/**
 * The command API of the r46 script (docs/wire/r46.md, section 2).
 *
 * Save this file beside your sources, or reference it: `/// <reference path="r46.d.ts" />`.
 * Every command returns nothing; answers come to the callbacks, each pair of which fires once.
 * Commands marked "not served" are taken so that a page written for them goes on working.
 */

declare namespace R46 {
  /** Ids are compared as text: 12 and "12" are the same product. */
  type Id = string | number

  /** Known tools are listed for completion; any text is kept. */
  type Tool =
    | 'dynamic'
    | 'instant_search'
    | 'full_search'
    | 'listing'
    | 'stories'
    | 'chain'
    | 'bulk'
    | 'transactional'
    | 'web_push_digest'
    | (string & {})

  interface Attribution {
    recommended_by?: Tool
    recommended_code?: string
  }

  type Flag = boolean | 0 | 1 | '0' | '1'

  /** Any other key is kept as a property of the item. */
  interface Item extends Attribution {
    id: Id
    price?: number | string
    stock?: Flag
    name?: string
    brand?: string
    categories?: readonly Id[] | string
    url?: string
    image?: string
    image_url?: string
    [property: string]: unknown
  }

  interface CartItem extends Item {
    amount?: number | string
    quantity?: number | string
    line_id?: Id
    fashion_size?: string
  }

  interface PurchaseFields extends Attribution {
    /** Total with discounts and delivery. */
    order_price?: number | string
    order_delivery?: number | string
    order_discount?: number | string
    order_cash?: number | string
    order_bonuses?: number | string
    promocode?: string
    payment_type?: string
    delivery_type?: string
    delivery_address?: string
    tax_free?: Flag
    channel?: string
    email?: string
    phone?: string
    custom?: { readonly [property: string]: unknown }
    [property: string]: unknown
  }
  /** The order's id is what makes a reload of the thank-you page no second order. */
  type Purchase = PurchaseFields &
    ({ products: readonly (Id | CartItem)[] } | { items: readonly (Id | CartItem)[] }) & { order?: Id; order_id?: Id }

  interface Search {
    query: string
    /** Ids of what was found; an empty list is a search that found nothing. */
    results?: readonly Id[]
  }

  /** A block somebody could see. The file /views.js sends these for you. */
  interface Block {
    recommended_by: Tool
    recommended_code?: string
    items?: readonly (Id | { id: Id; position?: number })[]
  }

  interface Banner extends Attribution {
    recommended_code: string
    banner_id: Id
  }

  interface RecOne {
    id: Id
    inventory?: string
    position?: number
    recommended_by?: Tool
  }

  /** Anything else: needs no registration. */
  interface CustomData {
    category?: string
    label?: string
    value?: number
    /** Unix time in seconds. */
    time?: number
    payload?: { readonly [property: string]: unknown }
    [property: string]: unknown
  }

  /** What each standard event takes. */
  interface Events {
    view: Id | Item
    category: Id | { id: Id } | { category_id: Id }
    search: string | Search
    /** One object adds; an array replaces the whole cart, and [] empties it. */
    cart: Id | CartItem | readonly (Id | CartItem)[]
    /** Without an amount the whole line goes. */
    remove_from_cart: Id | { id: Id; amount?: number | string }
    wish: Id | Item | readonly (Id | Item)[]
    remove_wish: Id | { id: Id }
    purchase: Purchase
    banner_view: Banner
    banner_click: Banner
    recone_view: RecOne
    recone_click: RecOne
    block_view: Block
    block_click: Block
  }

  interface Profile {
    id?: Id
    external_id?: Id
    email?: string
    phone?: string
    loyalty_id?: Id
    telegram_id?: Id
    fb_id?: Id
    vk_id?: Id
    first_name?: string
    last_name?: string
    middle_name?: string
    gender?: 'm' | 'f' | ''
    /** YYYY-MM-DD */
    birthday?: string
    age?: number
    location?: string
    kids?: readonly unknown[] | string
    auto?: readonly unknown[] | string
    [property: string]: unknown
  }

  interface KnownProfile {
    id?: null
    has_email?: boolean
    gender?: string | null
    computed_gender?: string | null
    bought_something?: boolean
    custom_properties?: { [property: string]: unknown }
  }

  interface Options {
    /** Ids in localStorage only. */
    cookieless?: boolean
    /** Your own id of the device, in any characters. */
    did?: string
    /** Where events go, if not to the origin of the script. */
    api_host?: string
    /** Ignored. */
    cdn_host?: string
    /** Ignored. */
    pictures_host?: string
    /** false: nothing is sent or stored until r46('consent', true). */
    consent?: boolean
    /** With consent false: 'anonymous' sends events without ids at once. */
    consent_off?: 'nothing' | 'anonymous'
    /** false: no page_view by itself. */
    pageviews?: boolean
  }

  interface Ids {
    did: string
    sid: string
    seance: string
    segment: string
  }
  interface Started extends Ids {
    currency?: string
    [field: string]: unknown
  }

  interface Answer {
    status: 'success'
    /** Stored in the browser's queue, not yet answered by the server. */
    queued?: boolean
    /** Why nothing was sent. */
    ignored?: string
    [field: string]: unknown
  }
  interface Failure {
    status: 'error' | number
    code?: string
    codes?: string[]
    [field: string]: unknown
  }
  type Success<Value = Answer> = ((value: Value) => void) | null
  type Problem = ((failure: Failure) => void) | null

  interface SegmentChange {
    segment_id: Id
    email?: string
    phone?: string
  }
  interface Segment {
    id: string
    type: string
  }

  interface CartAnswer {
    status: 'success'
    data: { items: { uniqid: string; quantity: number }[] }
  }
  interface Counts {
    view: number
    cart: number
    purchase: number
  }
  interface Counters {
    daily: Counts
    now: Counts
    triggers: { back_in_stock: number; price_drop: number }
  }

  interface NoBlock {
    id: null
    title: ''
    html: ''
    recommends: never[]
  }
  interface NoProducts {
    products: never[]
    products_total: 0
  }
  interface NothingFound extends NoProducts {
    categories: never[]
    html: ''
  }
  interface Nothing {
    [field: string]: never
  }
  type Recommender =
    | 'interesting'
    | 'also_bought'
    | 'popular'
    | 'similar'
    | 'recently_viewed'
    | 'see_also'
    | 'buying_now'
    | 'supply'
    | 'search'
  type Params = { readonly [name: string]: unknown } | null
  type Widget =
    | 'dynamic_init'
    | 'category_init'
    | 'products_init'
    | 'slider_init'
    | 'stories_init'
    | 'full_search_init'
    | 'search_init'
    | 'add_css'
    | 'popup'
    | 'start_stories'
    | 'slider'
    | 'say'
  type Subscription = 'subscription' | 'email_subscription' | 'webpush_subscription'

  interface Commands {
    /** Once a page. `stream` is at most 16 of [A-Za-z0-9_]; null is the web. `isSpa` follows history changes. */
    (
      command: 'init',
      shop: string,
      stream?: string | null,
      success?: Success<Started | Ids | Answer>,
      error?: Problem,
      options?: Options | null,
      isSpa?: boolean
    ): void
    (command: 'init', shop: string, options: Options): void

    <Name extends keyof Events>(
      command: 'track',
      event: Name,
      data: Events[Name],
      success?: Success,
      error?: Problem
    ): void
    (command: 'track', event: 'page_view', data?: null, success?: Success, error?: Problem): void
    <Name extends string>(
      command: 'track',
      event: Name extends keyof Events ? never : Name,
      data?: CustomData | null,
      success?: Success,
      error?: Problem
    ): void

    (command: 'profile', action: 'set', data: Profile, success?: Success, error?: Problem): void
    (command: 'profile', action: 'get', callback: (profile: KnownProfile) => void, isSpa?: boolean): void

    /** null without consent. */
    (command: 'did' | 'sid' | 'ssid' | 'abSegment', callback: (value: string | null) => void): void
    /** A new session, without the page's attribution and the message source. */
    (command: 'reset_session'): void
    (command: 'utm', parameters: { readonly [name: string]: string }): void
    (command: 'segment', action: 'add' | 'remove', data: SegmentChange, success?: Success, error?: Problem): void
    (command: 'segment', action: 'get', callback: (segments: Segment[]) => void): void
    (
      command: 'segment',
      action: 'get',
      params: { email?: string; phone?: string } | null,
      callback: (segments: Segment[]) => void
    ): void
    (command: 'consent', given: boolean): void
    /** Prints ids, the queue, and the verdict of each event; again to stop. */
    (command: 'debug'): void

    /** What is in the visitor's cart as events tell it. */
    (command: 'cart', action: 'get', success?: Success<CartAnswer>, error?: Problem): void
    /** Real counts, or the error: never zeros that nobody counted. */
    (command: 'products', action: 'counters', id: Id, success?: Success<Counters>, error?: Problem): void

    /** Not served: no recommendation is made; the use of the block is noted. */
    (command: 'recommend', type: Recommender, params?: Params, success?: Success<never[]>, error?: Problem): void
    (
      command: 'recommend',
      code: string & {},
      params?: Params,
      success?: Success<NoBlock>,
      error?: Problem
    ): void
    /** Not served. */
    (command: 'search' | 'suggest', params: Params | string, success?: Success<NothingFound>, error?: Problem): void
    (command: 'collection' | 'search_collection', params: Params | string, success?: Success<NoProducts>, error?: Problem): void
    (command: 'products', params: Params, success?: Success<NoProducts>, error?: Problem): void
    (command: 'products', action: 'info', id: Id, success?: Success<Nothing>, error?: Problem): void
    (command: 'orders', action: 'last_for_user', success?: Success<Nothing>, error?: Problem): void
    (command: 'get_promo_code', params?: Params, success?: Success<Nothing>, error?: Problem): void
    (command: 'loyalty', action: 'status', params?: Params, success?: Success<Nothing>, error?: Problem): void
    (command: 'nps', action: 'categories' | 'channels', success?: Success<never[]>, error?: Problem): void
    (command: 'reputation', params?: Params, success?: Success<never[]>, error?: Problem): void
    (
      command: Subscription,
      action: 'web_push_supported' | 'web_push_subscribed',
      success?: Success<false>,
      error?: Problem
    ): void

    /** Recorded, but nobody sends the promised message: the error callback says so. */
    (command: Subscription, action: string & {}, params?: Params, success?: Success, error?: Problem): void
    (
      command: 'subscribe_trigger' | 'unsubscribe_trigger',
      name: string,
      params?: Params,
      success?: Success,
      error?: Problem
    ): void
    (command: 'nps', action: 'review', review: Params, success?: Success, error?: Problem): void
    (command: 'loyalty', action: 'join', params?: Params, success?: Success, error?: Problem): void

    /** Widgets that are not served: nothing happens on the page. */
    (command: Widget, ...rest: unknown[]): void
  }

  interface Command extends Commands {
    /** True once the script has taken over from the loader. */
    readonly loaded?: boolean
    q?: { push(call: ArrayLike<unknown>): unknown }
  }
}

interface Window {
  r46: R46.Command
}

declare const r46: R46.Command
