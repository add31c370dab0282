/**
 * What crosses the engine's edge: behaviour events, their wire formats and validation, topic names, and the hashing of
 * ids. A record that is refused is <em>rejected</em>, with a reason; it goes to the dead-letter topic.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.schema;
