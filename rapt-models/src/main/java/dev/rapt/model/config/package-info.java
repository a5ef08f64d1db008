/**
 * What models are, without their weights: a record for each family, and how config.json says it.
 */
package dev.rapt.model.config;
