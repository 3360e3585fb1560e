package io.datrang.bench;
