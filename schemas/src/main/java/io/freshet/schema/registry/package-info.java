/**
 * Schema registries: where the schema comes from that a Confluent-framed record was written with. Ids come from records
 * that nobody vouches for, so what is asked, kept and read is bounded.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.schema.registry;
