/** What `outcomes.store` may say. */
export type StoreAddress =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite' }
  | { readonly kind: 'redis'; readonly url: string }

export const STORE_FORMS = 'memory, sqlite, redis://host:6379, rediss://user:password@host:6379/1'

export function parseStoreAddress(text: string): StoreAddress | undefined {
  if (text === 'memory' || text === 'sqlite') return { kind: text }
  if (!/^(?:rediss?|valkeys?):\/\//.test(text)) return undefined
  const url = text.replace(/^valkey/, 'redis')
  return URL.canParse(url) && new URL(url).hostname !== '' ? { kind: 'redis', url } : undefined
}

export const isStoreAddress = (text: string): boolean => parseStoreAddress(text) !== undefined
