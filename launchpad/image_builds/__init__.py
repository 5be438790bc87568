"""What a deploy needs to build and push the images of `containers/`: Docker, and logins to registries."""
