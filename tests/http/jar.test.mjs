// The cookie jar of src/http/http.mjs, by itself: what it takes and gives by host and by scheme. What it keeps
// of a server is in test_client.c.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Jar } from '../../src/http/http.mjs';

function take(jar, url, ...cookies) {
  jar.take(url, new Headers(cookies.map((cookie) => ['set-cookie', cookie])));
}

test('a Secure cookie goes over https, and over http to this machine alone', () => {
  for (const host of ['localhost', '127.0.0.1', '127.8.9.10', '[::1]']) {
    const jar = new Jar();
    take(jar, `https://${host}/`, 'a=1; Secure');
    assert.equal(jar.give(`http://${host}/`), 'a=1', host);
  }
  for (const host of ['127.example.com', '127.0.0.1.example.com', '127.0.0.example', 'localhost.example', '10.0.0.1']) {
    const jar = new Jar();
    take(jar, `https://${host}/`, 'a=1; Secure');
    assert.equal(jar.give(`https://${host}/`), 'a=1', host);
    assert.equal(jar.give(`http://${host}/`), null, host);
  }
});

test('an answer over http neither sets nor replaces nor deletes a Secure cookie', () => {
  const jar = new Jar();
  take(jar, 'http://www.example.com/', 'a=clear; Secure');
  assert.equal(jar.give('https://www.example.com/'), null);
  take(jar, 'https://www.example.com/', 'a=1; Secure; Path=/login');
  for (const cookie of ['a=2', 'a=2; Path=/login', 'a=2; Path=/login/deep', 'a=; Max-Age=0; Path=/login',
    'a=2; Domain=example.com; Path=/login']) {
    take(jar, 'http://www.example.com/login/deep/', cookie);
    assert.equal(jar.give('https://www.example.com/login/deep/'), 'a=1', cookie);
  }
});

test('beside a Secure cookie, others are set over http', () => {
  const jar = new Jar();
  take(jar, 'https://www.example.com/', 'a=1; Secure; Path=/login', 'old=1; Secure; Max-Age=0');
  take(jar, 'http://www.example.com/', 'b=2', 'a=3; Path=/other', 'a=4; Path=/', 'old=2');
  take(jar, 'http://other.example.com/', 'a=5; Path=/login');
  assert.equal(jar.give('https://www.example.com/login'), 'a=1; b=2; a=4; old=2');
  assert.equal(jar.give('https://www.example.com/other'), 'a=3; b=2; a=4; old=2');
  assert.equal(jar.give('https://other.example.com/login'), 'a=5');
  take(jar, 'https://www.example.com/', 'a=6; Path=/login');
  assert.equal(jar.give('http://www.example.com/login'), 'a=6; b=2; a=4; old=2');
});

test('a host name that ends like another is not below it', () => {
  const jar = new Jar();
  take(jar, 'https://example.com/', 'a=1; Secure; Domain=example.com');
  take(jar, 'http://badexample.com/', 'a=2');
  assert.equal(jar.give('http://badexample.com/'), 'a=2');
});
