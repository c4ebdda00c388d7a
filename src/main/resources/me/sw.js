// Keeps the page's own files for when there is no connection. Answers of the API are not kept here.
'use strict';

const CACHE = 'stampede-me';
const FILES = ['/me', '/me/me.css', '/me/me.js', '/me/manifest.json', '/me/icon.svg'];

self.addEventListener('install', event => {
  event.waitUntil(caches.open(CACHE).then(cache => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (event.request.method === 'GET' && url.origin === location.origin && FILES.includes(url.pathname)) {
    event.respondWith(fetchOrKept(event.request, url.pathname));
  }
});

/** What is served now, and without a connection what was served last. */
async function fetchOrKept(request, path) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      await cache.put(path, answer.clone());
    }
    return answer;
  } catch (noConnection) {
    const kept = await cache.match(path);
    if (kept) {
      return kept;
    }
    throw noConnection;
  }
}
