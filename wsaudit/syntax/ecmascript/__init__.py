"""What each construct of JavaScript and TypeScript becomes in the common syntax."""
