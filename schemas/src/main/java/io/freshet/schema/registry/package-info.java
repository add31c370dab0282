/**
 * Schema registries: where the schema comes from that a Confluent-framed record was written with. Ids come from records
 * that nobody vouches for, so what is asked, kept and read is bounded.
 *
 * <p>A <em>schema id</em> is the number that such a record begins with. A registry is <em>reachable</em> if its empty
 * answer means that there is no such schema, and not that nobody could be asked.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.schema.registry;
