/** Forms of `outcomes.store`. */
export type StoreAddress =
  { readonly kind: 'memory' } | { readonly kind: 'sqlite' } | { readonly kind: 'redis'; readonly url: string }

export const STORE_FORMS =
  'memory, sqlite, redis://host:6379, rediss://host:6379/1 (Redis or Valkey; its user and password are outcomes.storeUser and outcomes.storePassword)'

export function parseStoreAddress(text: string): StoreAddress | undefined {
  if (text === 'memory' || text === 'sqlite') return { kind: text }
  if (!/^(?:rediss?|valkeys?):\/\//.test(text)) return undefined
  const url = text.replace(/^valkey/, 'redis')
  if (!URL.canParse(url)) return undefined
  const { hostname, username, password } = new URL(url)
  // A password in the address would be visible wherever the configuration is shown.
  return hostname === '' || username !== '' || password !== '' ? undefined : { kind: 'redis', url }
}

export const isStoreAddress = (text: string): boolean => parseStoreAddress(text) !== undefined
