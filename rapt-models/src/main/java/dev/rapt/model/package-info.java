/**
 * Models with their heads: created, loaded, converted and written. Families are in the packages
 * below.
 */
package dev.rapt.model;
