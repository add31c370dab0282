/**
 * The bytes of what a store keeps, and what they are known by. A <em>layout</em> is the bytes of one value: a row, an
 * optimizer state, a co-occurrence row, a history. A lane's changes have a codec of their own, version and checksum
 * included. A lane has three <em>digests</em>: its <em>chain</em> says which way it went, its <em>content</em> what it
 * holds for serving, <em>own</em> what it holds for the learner.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.codec;
