"""What tests share: a checkout to build in, small deliveries, worlds with a planted truth, a browser, a judge of PDFs."""
